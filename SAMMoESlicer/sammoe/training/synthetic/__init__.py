"""Synthetic label maps and their appearance as CT, MR and angiography."""
