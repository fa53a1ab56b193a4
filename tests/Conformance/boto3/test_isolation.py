"""What a function cannot do: reach the host's network, write outside /tmp, see the host, or gain rights."""

import os
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
import uuid

from support import NODEJS, PYTHON, ConformanceTest, create_probe, split_endpoint

FOLDERS = ["/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/media", "/mnt", "/opt", "/proc", "/proc/sys/kernel",
           "/root", "/run", "/sbin", "/srv", "/sys", "/sys/fs/cgroup", "/usr", "/usr/bin", "/usr/local/lib", "/var",
           "/var/lang", "/var/lib", "/var/log", "/var/runtime", "/var/task", "/var/tmp"]


class Listener:
    """A server on the host's loopback that counts who connects."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.sendall(b"!")
            connection.close()

    def close(self):
        self.socket.close()


class Isolation(ConformanceTest):
    @classmethod
    def setUpClass(cls):
        cls.name = create_probe(cls.addClassCleanup, "isolation", Timeout=20)

    def test_the_loopback_of_the_host_cannot_be_reached(self):
        listener = Listener()
        self.addCleanup(listener.close)
        with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as probe:
            self.assertEqual(probe.recv(1), b"!")  # the listener is really there
        targets = [[host, listener.port] for host in ("127.0.0.1", "localhost", "127.1.2.3", "0.0.0.0", "::1")]
        found = self.call(self.name, {"do": "connect", "targets": targets})
        self.assertEqual(found["reached"], [])
        self.assertEqual(listener.connections, 1)

    def test_the_server_itself_cannot_be_reached_through_loopback_or_gateway(self):
        _, port = split_endpoint()
        found = self.call(self.name, {"do": "connect", "targets": [["127.0.0.1", port], ["localhost", port]]})
        self.assertEqual(found["reached"], [], found)

    def test_nothing_outside_tmp_can_be_written(self):
        self.assertEqual(self.call(self.name, {"do": "write", "folders": FOLDERS}), [])

    def test_tmp_can_be_written(self):
        self.assertEqual(self.call(self.name, {"do": "write", "folders": ["/tmp"]}), ["/tmp"])

    def test_tmp_is_not_that_of_the_host(self):
        with tempfile.NamedTemporaryFile(dir="/tmp", prefix="conformance-") as file:
            found = self.call(self.name, {"do": "look", "paths": [file.name, "/tmp"]})
        self.assertEqual(found, {file.name: False, "/tmp": True})

    def test_tmp_is_not_that_of_another_function(self):
        other = create_probe(self.addCleanup, "othertmp")
        mark = f"/tmp/{uuid.uuid4().hex}"
        self.assertEqual(self.call(other, {"do": "touch", "path": mark}), True)
        self.assertEqual(self.call(self.name, {"do": "look", "paths": [mark]}), {mark: False})
        self.assertEqual(self.call(other, {"do": "look", "paths": [mark]}), {mark: True})

    def test_processes_of_the_host_cannot_be_seen(self):
        mark = "conformance-" + uuid.uuid4().hex
        bystander = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()", mark], stdin=subprocess.PIPE)
        self.addCleanup(bystander.wait)
        self.addCleanup(bystander.stdin.close)
        found = self.call(self.name, {"do": "processes"})
        self.assertFalse([line for line in found["commands"] if mark in line])
        self.assertLessEqual(len(found["commands"]), 10, found["commands"])
        self.assertLess(found["mine"], 1000)

    def test_the_function_runs_without_capabilities(self):
        status = self.call(self.name, {"do": "rights"})["status"]
        for kind in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(status[kind], 16), 0, kind)

    def test_the_function_runs_with_no_new_privileges_and_a_seccomp_filter(self):
        status = self.call(self.name, {"do": "rights"})["status"]
        self.assertEqual((status["NoNewPrivs"], status["Seccomp"]), ("1", "2"))

    def test_the_function_is_not_root_and_cannot_become_it(self):
        found = self.call(self.name, {"do": "rights"})
        self.assertNotEqual(found["uid"], 0)
        self.assertEqual(found["setuid"], -1)

    def test_the_function_cannot_mount_or_unshare(self):
        found = self.call(self.name, {"do": "rights"})
        self.assertEqual((found["mount"], found["unshare_mounts"]), (-1, -1))

    def test_the_function_starts_in_the_task_root_with_1024_open_files(self):
        found = self.call(self.name, {"do": "rights"})
        self.assertEqual((found["cwd"], found["nofile"]), ("/var/task", [1024, 1024]))

    def test_the_runtime_makes_no_connection_for_its_events(self):
        """It starts with one, where Linux lets a socket refuse descriptors (6.16); whoever else asks finds the Runtime API over TCP."""
        refuses = tuple(map(int, os.uname().release.split("-")[0].split(".")[:2])) >= (6, 16)
        expected = ("socket", ["0A"]) if refuses else (None, ["01", "0A"])  # 0A: it is listened to, and with a connection that is all
        python = "import os\nFD = '/proc/self/fd/4'\ndef handler(e, c):\n    with open('/proc/net/tcp') as table: return [os.readlink(FD)[:6] if os.path.lexists(FD) else None, table.read()]"
        nodejs = "exports.handler = async () => { const fs = require('fs'); const has = fs.readdirSync('/proc/self/fd').includes('4'); return [has ? fs.readlinkSync('/proc/self/fd/4').slice(0, 6) : null, fs.readFileSync('/proc/net/tcp', 'utf8')]; };"
        for runtime, file, code in ((PYTHON, "index.py", python), (NODEJS, "index.js", nodejs)):
            with self.subTest(runtime):
                kind, table = self.call(self.function("connected", {file: code}, "index.handler", runtime), {})
                lines = [line.split() for line in table.splitlines() if ":2329 " in line]  # 9001
                self.assertEqual((kind if refuses else None, sorted({line[3] for line in lines})), expected, table)

    def test_secrets_of_the_host_cannot_be_read(self):
        for path in ("/etc/shadow", "/proc/kcore", "/dev/mem"):
            found = self.call(self.name, {"do": "read", "path": path})
            self.assertIsInstance(found, dict, f"{path} could be read")

    def test_the_home_of_the_host_is_not_there(self):
        paths = [os.path.abspath(__file__), os.path.expanduser("~/.lambent")]
        self.assertEqual(self.call(self.name, {"do": "look", "paths": paths}), dict.fromkeys(paths, False))


if __name__ == "__main__":
    unittest.main()
