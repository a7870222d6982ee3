import asyncio, time, statistics
from tests.integration.verifier.conftest import Stage
from tests.harness.waiting import until
from truesend.contracts.events import VerifyReason
from truesend.gateways.configured import gateway_configs
from truesend.gateways.registry import build_gateways

async def test_bench(stage: Stage, start_service) -> None:
    import aiohttp
    from tests.harness.services import ServiceProcess
    from pathlib import Path
    import tempfile
    sim = ServiceProcess("simulator", {"SIMULATOR_API_KEY": "gateway-key-of-the-tests", "GATEWAY_API_KEY": "gateway-key-of-the-tests"}, folder=Path(tempfile.mkdtemp()))
    sim.launch(); await asyncio.sleep(2)
    try:
        await go(stage, start_service, sim)
    finally:
        sim.kill()

async def go(stage, start_service, sim):
    import aiohttp
    async with aiohttp.ClientSession() as c:
        r = await c.put(sim.url + "/_control/settings", json={"latency_ms": 50, "create_unknown": True}); print(r.status)
    env = stage.environment | {"GATEWAY_URL": sim.url, "VERIFY_FRESHNESS_S": "1"}
    from truesend.settings import Settings
    gw = build_gateways(gateway_configs(stage.settings.model_copy(update={"gateway_url": sim.url})))["default"]
    from tests.harness.rows import insert_session
    ids = []
    for n in range(1000):
        ids.append(await insert_session(stage.connection, organization_id=stage.organization_id, vps_session_id=f"wa_{n}", status="connected"))
    await gw.status("wa_0")
    for _ in range(2):
        t = time.monotonic()
        await asyncio.gather(*(gw.status(f"wa_{n}") for n in range(1000)))
        raw = time.monotonic() - t
        print("raw fan-out", raw)
    import subprocess, os, sys
    v = subprocess.Popen([sys.executable, "/tmp/prof_verifier.py"], env={**os.environ, **env, "PYTHONPATH": "/work/main"}, stdout=open("/tmp/trace.txt","w"))
    await asyncio.sleep(5)
    import psutil
    vp = psutil.Process(v.pid)
    for turn in range(4):
        c0 = vp.cpu_times(); m0 = time.process_time(); l0 = psutil.cpu_times()
        stage.heard.clear()
        t0 = await stage.connection.fetchval("select clock_timestamp()")
        t = time.monotonic()
        await stage.ask(*ids)
        pub = time.monotonic() - t
        async def done():
            return len({h["id"] for h in stage.heard if h["type"] != "session.verifying"}) >= 1000
        await until(done, 60, "all")
        took = time.monotonic() - t
        facts = sum(h["type"] == "session.connected" for h in stage.heard)
        c1 = vp.cpu_times(); l1 = psutil.cpu_times()
        print(f"   verifier cpu {c1.user+c1.system-c0.user-c0.system:.2f} test cpu {time.process_time()-m0:.2f} machine idle {l1.idle-l0.idle:.2f} of {2*took:.2f}")
        r = await stage.connection.fetchrow("select min(s.last_verified_at)-$1::timestamptz a, max(s.last_verified_at)-$1::timestamptz b, min(c.finished_at)-$1::timestamptz c, max(c.finished_at)-$1::timestamptz d, count(distinct c.finished_at) n from whatsapp_sessions s join truesend.session_checks c on c.session_id=s.id", t0)
        print("   first asked, last asked, first finished, last finished, writes", [x.total_seconds() if hasattr(x, "total_seconds") else x for x in r])
        print(f"turn {turn}: publish {pub:.3f} all heard {took:.3f} ratio {took/raw:.3f} facts {facts}")
        if turn == 2:
            await stage.connection.execute("update whatsapp_sessions set status='disconnected'")
        await asyncio.sleep(1.5)
    await gw.close()
    v.terminate()
    await asyncio.to_thread(v.wait)
