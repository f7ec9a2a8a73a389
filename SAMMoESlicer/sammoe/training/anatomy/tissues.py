"""What a structure is made of: its grey values in CT and MR, and its sort for the gate."""

from enum import IntEnum
from typing import NamedTuple

from ..synthetic.canvas import Kind


class Look(NamedTuple):
    """Typical grey values of a tissue.

    Attributes:
        plain: Hounsfield units without contrast agent.
        arterial: In the arterial phase.
        venous: In the portal venous phase.
        spread: Standard deviation between people and structures, in HU.
        t1: MR, 0 to 1.
        t2: MR, 0 to 1.
        flair: MR, 0 to 1.
    """

    plain: float
    arterial: float
    venous: float
    spread: float
    t1: float
    t2: float
    flair: float


class Tissue(IntEnum):
    """What a structure is made of."""

    AIR = 0
    FAT = 1
    MUSCLE = 2
    SKIN = 3
    SOFT = 4
    LIVER = 5
    SPLEEN = 6
    KIDNEY = 7
    MEDULLA = 8
    PANCREAS = 9
    GLAND = 10
    ORGAN = 11
    BILE = 12
    URINE = 13
    MYOCARDIUM = 14
    BLOOD = 15
    ARTERY = 16
    VEIN = 17
    PORTAL = 18
    LUNG = 19
    AIRWAY = 20
    BOWEL = 21
    LUMEN = 22
    BONE = 23
    RIB = 24
    VERTEBRA = 25
    CARTILAGE = 26
    LIGAMENT = 27
    NERVE = 28
    CORD = 29
    WHITE_MATTER = 30
    GREY_MATTER = 31
    DEEP_GREY = 32
    CSF = 33
    EYE = 34
    LESION = 35
    SHAPE = 36


LOOKS: dict[Tissue, Look] = {
    Tissue.AIR: Look(-1000, -1000, -1000, 0, 0.02, 0.02, 0.02),
    Tissue.FAT: Look(-100, -100, -98, 9, 0.9, 0.7, 0.6),
    Tissue.MUSCLE: Look(52, 58, 65, 7, 0.42, 0.22, 0.32),
    Tissue.SKIN: Look(15, 20, 25, 15, 0.5, 0.4, 0.4),
    Tissue.SOFT: Look(20, 30, 35, 25, 0.5, 0.45, 0.45),
    Tissue.LIVER: Look(57, 68, 108, 11, 0.55, 0.28, 0.38),
    Tissue.SPLEEN: Look(47, 110, 120, 9, 0.4, 0.5, 0.5),
    Tissue.KIDNEY: Look(33, 150, 175, 15, 0.45, 0.6, 0.55),
    Tissue.MEDULLA: Look(31, 70, 160, 15, 0.36, 0.72, 0.5),
    Tissue.PANCREAS: Look(40, 95, 92, 12, 0.58, 0.38, 0.42),
    Tissue.GLAND: Look(65, 115, 110, 30, 0.5, 0.5, 0.5),
    Tissue.ORGAN: Look(40, 65, 80, 16, 0.45, 0.5, 0.48),
    Tissue.BILE: Look(8, 8, 10, 7, 0.3, 0.95, 0.4),
    Tissue.URINE: Look(5, 5, 12, 7, 0.18, 1.0, 0.2),
    Tissue.MYOCARDIUM: Look(44, 95, 108, 9, 0.45, 0.35, 0.4),
    Tissue.BLOOD: Look(42, 270, 160, 25, 0.3, 0.3, 0.2),
    Tissue.ARTERY: Look(42, 320, 165, 30, 0.3, 0.15, 0.15),
    Tissue.VEIN: Look(42, 95, 150, 20, 0.32, 0.25, 0.22),
    Tissue.PORTAL: Look(42, 85, 175, 20, 0.32, 0.25, 0.22),
    Tissue.LUNG: Look(-840, -830, -830, 40, 0.06, 0.06, 0.06),
    Tissue.AIRWAY: Look(-990, -990, -990, 10, 0.02, 0.02, 0.02),
    Tissue.BOWEL: Look(38, 65, 85, 13, 0.42, 0.42, 0.42),
    Tissue.LUMEN: Look(15, 15, 15, 15, 0.3, 0.75, 0.4),
    Tissue.BONE: Look(320, 330, 340, 90, 0.5, 0.35, 0.35),
    Tissue.RIB: Look(280, 290, 300, 70, 0.45, 0.3, 0.3),
    Tissue.VERTEBRA: Look(190, 200, 215, 50, 0.55, 0.4, 0.38),
    Tissue.CARTILAGE: Look(90, 92, 95, 22, 0.4, 0.45, 0.45),
    Tissue.LIGAMENT: Look(75, 77, 80, 14, 0.14, 0.1, 0.12),
    Tissue.NERVE: Look(38, 42, 48, 9, 0.42, 0.45, 0.42),
    Tissue.CORD: Look(34, 36, 40, 6, 0.6, 0.4, 0.5),
    Tissue.WHITE_MATTER: Look(29, 30, 31, 2.5, 0.75, 0.34, 0.45),
    Tissue.GREY_MATTER: Look(37, 39, 40, 2.5, 0.54, 0.5, 0.6),
    Tissue.DEEP_GREY: Look(38, 40, 41, 3, 0.61, 0.42, 0.54),
    Tissue.CSF: Look(7, 7, 8, 4, 0.14, 1.0, 0.08),
    Tissue.EYE: Look(12, 12, 14, 10, 0.2, 0.95, 0.3),
    Tissue.LESION: Look(42, 60, 65, 32, 0.38, 0.65, 0.7),
    Tissue.SHAPE: Look(60, 80, 90, 90, 0.5, 0.5, 0.5),
}

KIND_OF: dict[Tissue, Kind] = {
    Tissue.AIR: Kind.BACKGROUND,
    Tissue.FAT: Kind.FAT,
    Tissue.SKIN: Kind.FAT,
    Tissue.SOFT: Kind.FAT,
    Tissue.MUSCLE: Kind.MUSCLE,
    Tissue.LIGAMENT: Kind.MUSCLE,
    Tissue.NERVE: Kind.MUSCLE,
    Tissue.LUNG: Kind.LUNG,
    Tissue.AIRWAY: Kind.LUNG,
    Tissue.BILE: Kind.FLUID,
    Tissue.URINE: Kind.FLUID,
    Tissue.CSF: Kind.FLUID,
    Tissue.EYE: Kind.FLUID,
    Tissue.ARTERY: Kind.VESSEL,
    Tissue.VEIN: Kind.VESSEL,
    Tissue.PORTAL: Kind.VESSEL,
    Tissue.BOWEL: Kind.BOWEL,
    Tissue.LUMEN: Kind.BOWEL,
    Tissue.BONE: Kind.BONE,
    Tissue.RIB: Kind.RIB,
    Tissue.VERTEBRA: Kind.VERTEBRA,
    Tissue.CARTILAGE: Kind.CARTILAGE,
    Tissue.CORD: Kind.CORD,
    Tissue.WHITE_MATTER: Kind.BRAIN,
    Tissue.GREY_MATTER: Kind.BRAIN,
    Tissue.DEEP_GREY: Kind.BRAIN,
    Tissue.LESION: Kind.LESION,
    Tissue.SHAPE: Kind.SHAPE,
}
"""The sort of a tissue for the gate; what is not named is an organ."""

TISSUE_OF_KIND: dict[Kind, Tissue] = {
    Kind.BACKGROUND: Tissue.AIR,
    Kind.FAT: Tissue.FAT,
    Kind.MUSCLE: Tissue.MUSCLE,
    Kind.ORGAN: Tissue.ORGAN,
    Kind.LUNG: Tissue.LUNG,
    Kind.BONE: Tissue.BONE,
    Kind.RIB: Tissue.RIB,
    Kind.VERTEBRA: Tissue.VERTEBRA,
    Kind.VESSEL: Tissue.ARTERY,
    Kind.FLUID: Tissue.BILE,
    Kind.LESION: Tissue.LESION,
    Kind.BOWEL: Tissue.BOWEL,
    Kind.CARTILAGE: Tissue.CARTILAGE,
    Kind.SHAPE: Tissue.SHAPE,
    Kind.CORD: Tissue.CORD,
    Kind.BRAIN: Tissue.DEEP_GREY,
}

_WORDS: tuple[tuple[tuple[str, ...], Tissue], ...] = (
    (("envelope", "infrapatellar_fat", "body_fat"), Tissue.FAT),
    (("ribs_and",), Tissue.RIB),
    (("trachea_lumen", "trachea_and"), Tissue.AIRWAY),
    (("disc", "cartilage", "meniscus", "trachea", "larynx"), Tissue.CARTILAGE),
    (("thoracic_spine", "lumbar", "thoracic1", "thoracic2", "thoracic3", "thoracic4", "thoracic5",
      "thoracic9", "atlas", "axis", "cervical"), Tissue.VERTEBRA),
    (("rib",), Tissue.RIB),
    (("ligament", "tendon", "tract"), Tissue.LIGAMENT),
    (("nerve",), Tissue.NERVE),
    (("spinal_cord",), Tissue.CORD),
    (("portal", "splenic_vein", "veins_liver", "veins_spleen"), Tissue.PORTAL),
    (("vein", "vena", "jugular"), Tissue.VEIN),
    (("pulmonary_vessel", "arter", "aort", "carotid", "trunk", "vessel"), Tissue.ARTERY),
    (("lumen", "bowel_gas"), Tissue.LUMEN),
    (("bronch",), Tissue.AIRWAY),
    (("lung",), Tissue.LUNG),
    (("biliary", "gallbladder"), Tissue.BILE),
    (("bladder", "ureter", "renal_pelvis"), Tissue.URINE),
    (("pyramid",), Tissue.MEDULLA),
    (("kidney",), Tissue.KIDNEY),
    (("liver",), Tissue.LIVER),
    (("spleen",), Tissue.SPLEEN),
    (("pancreas",), Tissue.PANCREAS),
    (("thyroid", "parotid", "adrenal", "gland"), Tissue.GLAND),
    (("septum_heart",), Tissue.MYOCARDIUM),
    (("ventricle_heart", "atrium_heart", "heart"), Tissue.BLOOD),
)  # fmt: skip
_BRAIN_WORDS: tuple[tuple[tuple[str, ...], Tissue], ...] = (
    (("optic_nerve", "nerve"), Tissue.NERVE),
    (("ventricle", "csf", "aqueduct", "temporal_horn", "cistern"), Tissue.CSF),
    (("spinal_cord",), Tissue.CORD),
    (("white_matter", "pons", "medulla", "midbrain", "brainstem", "corpus", "commissure", "chiasm",
      "tract", "fornix", "capsule", "ventral_dc", "lamina"), Tissue.WHITE_MATTER),
    (("thalam", "caudate", "putamen", "pallid", "accumbens", "nucleus", "geniculate", "pulvinar",
      "nigra", "dentate", "nuclei", "amygdala", "claustrum"), Tissue.DEEP_GREY),
    (("lesion",), Tissue.LESION),
    (("vessel",), Tissue.ARTERY),
)  # fmt: skip
_GROUPS = {
    "organ": Tissue.ORGAN,
    "vessel": Tissue.ARTERY,
    "bone": Tissue.BONE,
    "muscle": Tissue.MUSCLE,
    "bowel": Tissue.BOWEL,
    "brain": Tissue.GREY_MATTER,
    "lung": Tissue.LUNG,
    "other": Tissue.SOFT,
}


def tissue_of(structure: str, group: str) -> Tissue:
    """Return what a structure is made of, by its name and its group in the maps' tables."""
    name = structure.lower()
    if "muscle" in name:
        return Tissue.MUSCLE
    for words, tissue in _BRAIN_WORDS if group == "brain" else _WORDS:
        if any(word in name for word in words):
            return tissue
    return _GROUPS.get(group, Tissue.SOFT)
