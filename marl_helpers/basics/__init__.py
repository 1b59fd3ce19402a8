"""What every wing stands on and none is about: options, files, devices, interruptions, names that load late."""
