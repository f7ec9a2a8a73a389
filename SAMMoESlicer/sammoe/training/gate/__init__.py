"""Whose prompt is it: embedded prompts, the gate trained with them, its thresholds."""
