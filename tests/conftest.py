"""No example of a property is judged by the clock; CI tries the same examples every time, a person's run new ones."""

import os

import hypothesis

hypothesis.settings.register_profile("untimed", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("untimed")
