"""A short name for the device of a session, derived from the `User-Agent` header."""

# The order matters: the header of Chrome also contains "Safari/", the header of Edge contains both.
BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Whale/": "Whale",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
OPERATING_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_name(user_agent: str) -> str:
    """Return the browser and the operating system, as in "Firefox · Linux".

    Returns the header unchanged if it names no known browser and no known operating system.
    """
    names = [
        next((name for token, name in known.items() if token in user_agent), "")
        for known in (BROWSERS, OPERATING_SYSTEMS)
    ]
    return " · ".join(filter(None, names)) or user_agent
