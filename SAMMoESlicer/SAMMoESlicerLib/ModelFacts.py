"""What a user reads of a model before choosing it: data, quality, licence, when not to use it."""

from sammoe.bundle import BundleCard

from .Translation import tr as _


def cardRows(card: BundleCard) -> list[tuple[str, str]]:
    """Return headings and texts of a model's card; plain text, whatever the card holds."""
    rows = [
        (_("Name"), f"{card.name} {card.version}"),
        (_("Licence"), card.license or _("not said")),
        (_("Intended use"), card.intended_use),
        (_("When not to use it"), whenNot(card)),
        (_("Trained on"), str(card.training.get("data", _("not said")))),
        (_("Architecture"), card.architecture),
        (_("Prompts"), ", ".join(card.prompt_kinds)),
        (_("Experts"), ", ".join(expert.name for expert in card.experts) or "-"),
    ]
    for expert in card.experts:
        dice = ", ".join(f"{name}: {value:.2f}" for name, value in expert.dice.items())
        facts = [expert.trained_on, f"Dice {dice}" if dice else ""]
        rows.append((expert.name, ". ".join(fact for fact in facts if fact) or _("not measured")))
    if "sha256" in card.training:
        made = f"{card.training.get('imported_from')}, sha256 {card.training['sha256']}"
        rows.append((_("Made from"), made))
    return rows


def builtInSentence(card: BundleCard, *, mb: float) -> str:
    """Return what the model that comes along is good for, in one sentence."""
    names = [expert.name.lower() for expert in card.experts]
    experts = _("with experts for {names}").format(names=", ".join(names))
    return _(
        "Built-in model: {mb:.0f} MB, {licence}, works at once, {experts}; small, so it needs more "
        "clicks."
    ).format(
        mb=mb,
        licence=card.license or _("licence not said"),
        experts=experts if names else _("without experts"),
    )


def whenNot(card: BundleCard) -> str:
    """Return when another model, or none, should be used."""
    reasons = [_("For diagnosis or treatment: it is no medical device.")]
    data = str(card.training.get("data", "")).lower()
    if "synthetic" in data or "label maps" in data:
        reasons.append(
            _("Where the first mask must be right: it has hardly seen patients; check every mask.")
        )
    if "box" not in card.prompt_kinds:
        reasons.append(_("Where you want to draw boxes: a box only says where it looks."))
    if not card.experts:
        reasons.append(_("For special tasks: it has no experts."))
    return " ".join(reasons)
