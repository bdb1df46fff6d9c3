"""What a site says of itself: where it is, and where its sources are."""

from sphinx.errors import ConfigError

__all__ = ["setup"]


def _address(config, name):
    address = config[name]
    if address and not address.startswith("https://"):
        raise ConfigError(f"{name}: {address!r} does not begin with https://")
    return address.rstrip("/")


def _repository(app, config):
    """Turn the theme's links to the sources on, all of them, when there is an address."""
    options = {"repository_url": _address(config, "course_repository")}
    if options["repository_url"]:
        buttons = ("use_repository_button", "use_edit_page_button", "use_issues_button")
        options |= dict.fromkeys(buttons, True) | {"repository_branch": "main"}
    config.html_theme_options = config.html_theme_options | options


def _cards(app, config):
    """Leave out what other sites would show of a page while nobody knows where the page is."""
    if _address(config, "ogp_site_url"):
        return
    for listener in list(app.events.listeners["html-page-context"]):
        if listener.handler.__module__ == "sphinxext.opengraph":
            app.disconnect(listener.id)


def setup(app):
    """Register the address of the sources, and look at both when they are known."""
    app.setup_extension("sphinxext.opengraph")
    app.add_config_value("course_repository", "", "html", str)
    app.connect("config-inited", _repository, priority=100)  # before the theme looks
    app.connect("config-inited", _cards)
