"""Settings as `QSettings` keeps them, in memory."""


class KeptSettings(dict):
    """Values by key; None where there is none."""

    def value(self, key):
        return self.get(key)

    def setValue(self, key, value):
        self[key] = value
