"""GOWA, go-whatsapp-web-multidevice v9: whatsmeow behind HTTP, many devices in one process."""

from truesend.gateways.kinds.gowa.dialect import Gowa

__all__ = ["Gowa"]
