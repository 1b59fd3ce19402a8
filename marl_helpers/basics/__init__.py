"""What every wing stands on and none is about: options, devices, interruptions, names that load late."""
