"""Kills the provider process and the engine at every call of every operation, and sees what the recovery makes of it.

The providers are the real ones, in the server that Pulumi starts (`python -m pulumi.dynamic`), spoken to over gRPC. The
engine is ours (tests/harness): it does with these resources what Pulumi's does, in a process of its own that can be
killed, a hundred times cheaper. That both make the same calls is tested (tests/stack/test_killed_engine.py); the
plainest kills are tested with the real CLI as well (tests/stack/test_killed_provider.py, test_killed_cli.py).
"""
