"""No example of a property is judged by the clock."""

import hypothesis

hypothesis.settings.register_profile("untimed", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("untimed")
