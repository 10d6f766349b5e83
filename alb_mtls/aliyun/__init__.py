"""Clients of the two Alibaba Cloud services that mutual authentication needs, over the official SDKs.

`cas` is the Certificate Management Service (API 2020-04-07), `alb` the Application Load Balancer
(2020-06-16). Both raise only `errors.CloudError`. The SDKs are imported when the first call is made, never by
importing this
package: each costs a third of a second.
"""
