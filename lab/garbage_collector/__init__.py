"""What kube-controller-manager does about deletions in the foreground, and about those that orphan."""

from lab.garbage_collector.collector import GarbageCollector

__all__ = ["GarbageCollector"]
