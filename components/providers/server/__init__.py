"""The process of the dynamic providers: Pulumi's own server, with the engine watched from its first moment on.

Pulumi loads a provider, and calls its `configure`, with the first resource that it asks about. A CLI that is killed
before that would leave a process for ever, with the access key in its environment.
"""
