"""The whole job on one machine: a real Kubernetes API, the cloud's APIs, a controller and a data plane.

`python -m lab up` starts it, `lab/README.md` describes what it does and does not do. Not for production.
"""
