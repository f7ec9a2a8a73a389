"""Fingers on a page of the tool, by way of the browser's DevTools protocol."""


class Fingers:
    """Touches a page; every position is one beside a view's middle, pixels.

    Args:
        page: A `WebPage` that was opened with `has_touch`.
        view: The view's name.
    """

    def __init__(self, page, view):
        self._page, self._view = page, view
        self._protocol = page.page.context.new_cdp_session(page.page)

    def touch(self, *places):
        """Put one more finger down."""
        self._send("touchStart", places)

    def move(self, *places):
        """Move the fingers that are down."""
        self._send("touchMove", places)

    def lift(self, *places):
        """Lift all fingers but those at these places."""
        self._send("touchEnd", places)

    def drag(self, *places):
        """Put one finger down at the first place, move it through the others, lift it."""
        self.touch(places[0])
        for place in places[1:]:
            self.move(place)
        self.lift()

    def spread(self, *, begin=20, end=40):
        """Put two fingers down one after the other, spread them, lift them one after the other."""
        self.touch((-begin, 0))
        self.touch((-begin, 0), (begin, 0))
        for apart in range(begin, end + 1, 4):
            self.move((-apart, 0), (apart, 0))
        self.lift((-end, 0))
        self.move((-end - 30, 30))
        self.lift()

    def _send(self, kind, places):
        points = []
        for number, place in enumerate(places):
            x, y = self._page.at(self._view, *place)
            points.append({"x": x, "y": y, "id": number})
        self._protocol.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
