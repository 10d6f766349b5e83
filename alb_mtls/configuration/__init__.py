"""From plain configuration values to frozen settings, every mistake collected by its key.

Nothing here reads Pulumi config, the cluster or the cloud: `components.settings` hands in plain values.
"""
