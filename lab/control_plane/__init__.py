"""A real Kubernetes API: etcd, kube-apiserver, two users, the AlbConfig CRD and the lab's objects."""

from lab.control_plane.manifests import albconfig_manifests, new_listeners
from lab.control_plane.plane import ControlPlane
from lab.control_plane.users import ADMIN, PROGRAM, Users

__all__ = ["ADMIN", "PROGRAM", "ControlPlane", "Users", "albconfig_manifests", "new_listeners"]
