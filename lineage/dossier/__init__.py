"""A model version's record for auditors: what law asks about its data, with what nobody told listed as unknown."""

from lineage.dossier.draft import Gap, Section
from lineage.dossier.record import Dossier, dossier, dossier_of

__all__ = ["Dossier", "Gap", "Section", "dossier", "dossier_of"]
