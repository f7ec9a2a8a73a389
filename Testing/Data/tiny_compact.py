"""Sizes of a compact model small enough for a test."""

TINY = {
    "embed_dim": 16,
    "quarter_dim": 12,
    "half_dim": 8,
    "encoder_width": 24,
    "encoder_depth": 1,
    "heads": 2,
    "decoder_quarter_dim": 8,
    "decoder_depth": 1,
    "decoder_heads": 2,
    "tissue_width": 4,
}
