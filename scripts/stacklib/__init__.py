"""What scripts/stack and scripts/migrate are made of.

settings    where things are, which user runs what, which ports
keys        nkeys of the bus identities, passwords, files of secrets
database    the private PostgreSQL cluster, roles and grants
migration   services/*/migrations applied once each, in order
bus         configuration of nats-server
accounts    the demo accounts and their first start
child       one supervised process
supervisor  the loop which keeps them alive
"""
