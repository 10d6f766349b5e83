"""Dynamic providers: thin create, read, update and delete over the packages beside this one.

The paths and class names of the modules root_ca, client_certificate, cas_repository, uploaded_ca, listener_claim
and listener_switch stand in users' state files, because a dynamic provider of an importable module is stored by
reference: they are frozen.
"""
