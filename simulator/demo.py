"""The gateway that `truesend up` starts: one session for each thing that goes wrong, and two for what goes well."""

from typing import Final

from simulator.qr_picture import qr_data_url
from simulator.world import ScriptedAnswer, World

HEALTHY: Final = "wa_demo_healthy"
SECOND: Final = "wa_demo_second"
DEAD: Final = "wa_demo_dead"
HANGING: Final = "wa_demo_hanging"
QR_WANTED: Final = "wa_demo_qr"
LYING: Final = "wa_demo_lying"
CONNECTING: Final = "wa_demo_connecting"

NOT_ON_WHATSAPP: Final = "919800000400"

_FOR_EVER_S: Final = 3_600.0


def install_demo(world: World) -> None:
    """Put the demo's sessions and its refused recipient into ``world``."""
    world.add(HEALTHY, phone_number="919800000001")
    world.add(SECOND, phone_number="919800000002")
    world.add(DEAD, state="disconnected", error="Connection Closed: logged out from the phone")
    world.add(HANGING, phone_number="919800000004", hang_status_s=_FOR_EVER_S)
    world.add(QR_WANTED, state="qr", qr=qr_data_url(QR_WANTED))
    world.add(LYING, phone_number="919800000006", lie=True)
    world.add(CONNECTING, state="connecting")
    world.recipients[NOT_ON_WHATSAPP] = ScriptedAnswer(
        status=400, body={"error": f"Number {NOT_ON_WHATSAPP} is not on WhatsApp"}
    )
