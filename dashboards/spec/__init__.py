"""Describe a panel: what is counted, how it is split into parts, and the form of its picture. One file per kind of split."""
