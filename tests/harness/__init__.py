"""Runs the providers as Pulumi's engine does: its steps and its state, without its processes.

The provider is either Pulumi's own server of dynamic providers, spoken to over gRPC (`served.py`, for the kills), or it
is called in this process (`in_process.py`, for the faults of cloud and cluster and for unit tests). That both engines
make the same calls is tested with the real one (tests/stack/test_killed_engine.py, tests/stack/test_faults_table.py).
"""
