"""protocol.py - one conversation with a shim, written down answer by answer.

protocol.py run SHIM DIR ROOTFS CGROUP EVENTS   start SHIM, talk to it as nobody sane would, print each answer
protocol.py compare THEIRS OURS DIFFERENCES     fail on a difference that is not listed, and on a listed one that is none

An answer is made comparable, not vague: code and text as they are, the fields of a message by name, and in
place of what must differ (a pid, a time, a path of this run) a word for which one it is.
"""
import json
import os
import re
import subprocess
import sys

from ttrpc import TASK, Client, any_of, decode, encode, field

NAMES = {
    'State': {1: 'id', 2: 'bundle', 3: 'pid', 4: 'status', 5: 'stdin', 6: 'stdout', 7: 'stderr',
              8: 'terminal', 9: 'exit_status', 10: 'exited_at', 11: 'exec_id'},
    'Create': {1: 'pid'}, 'Start': {1: 'pid'},
    'Delete': {1: 'pid', 2: 'exit_status', 3: 'exited_at'},
    'Pids': {1: 'process'}, 'Stats': {1: 'stats'},
    'Wait': {1: 'exit_status', 2: 'exited_at'},
    'Connect': {1: 'shim_pid', 2: 'task_pid', 3: 'version'},
}
NEVER = -62135596800


class Talk:
    def __init__(self, shim, directory, rootfs, cgroup, events):
        self.shim, self.dir, self.rootfs, self.cgroup, self.events = shim, directory, rootfs, cgroup, events
        self.words = {}

    # ---- a container ----

    def begin(self, name, args, **more):
        """A bundle and a shim for it."""
        self.id = name
        self.bundle = os.path.join(self.dir, name)
        os.mkdir(self.bundle)
        os.mkfifo(self.bundle + '/log')  # runc's shim does not serve without a reader of its log
        self.log = os.open(self.bundle + '/log', os.O_RDWR)
        subprocess.run(['cleat-oci', 'spec'], cwd=self.bundle, check=True)
        path = os.path.join(self.bundle, 'config.json')
        with open(path) as file:
            spec = json.load(file)
        spec['process'].update(terminal=False, args=args)
        spec['root'] = {'path': self.rootfs}
        spec['linux']['cgroupsPath'] = f'{self.cgroup}/{name}'
        spec.update(more)
        with open(path, 'w') as file:
            json.dump(spec, file)
        self.process = spec['process']
        answer = self.action('start').stdout.decode().strip()
        self.client = Client(json.loads(answer)['address'] if answer.startswith('{') else answer)
        self.words = {self.bundle: 'BUNDLE', self.dir: 'DIR', self.cgroup: 'CGROUP'}

    def action(self, action):
        return subprocess.run([self.shim, '-namespace', 'default', '-address', self.dir + '/c.sock', '-publish-binary',
                               '/bin/true', '-id', self.id, '-bundle', self.bundle, action], cwd=self.bundle,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True,
                              env={**os.environ, 'TTRPC_ADDRESS': self.events})

    def end(self):
        # runc's shim may be gone before its answer has left: both are what was asked for.
        code, text, _ = self.client.call('Shutdown', [(1, self.id)], TASK, 20)
        print(f'{self.id}: shutdown: {"done" if code in (0, "closed") else f"{code} {self.plain(text)}"}')
        print(f'{self.id}: connection: {self.after_shutdown()}')
        answer = decode(self.action('delete').stdout)
        print(f'{self.id}: delete action: {", ".join("field %d" % n for n, _ in answer if n != 1)}')

    def after_shutdown(self):
        try:
            self.client.frame(10)
            return 'answers'
        except ConnectionError:
            return 'closed'
        except TimeoutError:
            return 'open'

    def create(self, step, *fields, bundle=None):
        """With a directory of our own for runc's records."""
        options = any_of('containerd.runc.v1.Options', encode([(7, self.dir + '/runc')]))
        answer = self.say(step, 'Create', (2, bundle or self.bundle), *fields, (10, options))
        self.know(answer, 'INIT')

    # ---- one call ----

    def say(self, step, method, *fields, id=None, raw=None, service=TASK, timeout=20):
        payload = raw if raw is not None else [(1, self.id if id is None else id), *fields]
        code, text, answer = self.client.call(method, payload, service, timeout)
        said = self.describe(method, answer) if code == 0 else f'{code} {self.plain(text)}'
        print(f'{self.id}: {step}: {said}', flush=True)
        if code in ('timeout', 'closed'):
            self.client = Client('unix://' + self.client.socket.getpeername())
        return answer

    def describe(self, method, answer):
        names, out = NAMES.get(method, {}), []
        for number, value in decode(answer):
            name = names.get(number, str(number))
            out.append(f'{name}={self.value(name, value)}')
        if method == 'Pids':
            out.sort()  # the kernel's order is that of the numbers, which may have begun anew since init got its own
        return ' '.join(['ok', *out])

    def value(self, name, value):
        if name in ('pid', 'task_pid', 'shim_pid'):
            return self.words.get(value, 'PID')
        if name == 'process':
            detail = field(value, 2)
            kind = f'({field(detail, 1).decode()} {field(field(detail, 2), 1, b"").decode()})' if detail else ''
            return str(self.words.get(field(value, 1), 'PID')) + kind
        if name == 'stats':
            return field(value, 1).decode()
        if name == 'exited_at':
            seconds = field(value, 1, 0)
            return 'never' if seconds == NEVER & ((1 << 64) - 1) else self.words.setdefault(value, f'time{len(self.words)}')
        return self.plain(value.decode()) if isinstance(value, bytes) else value

    def plain(self, text):
        for word in sorted((w for w in self.words if isinstance(w, str)), key=len, reverse=True):
            text = text.replace(word, self.words[word])
        return re.sub(r'\b\d{4,}\b', 'N', text.strip()).replace('\n', '\\n')

    def know(self, answer, word):
        """The pid in this answer is called so from now on."""
        pid = field(answer, 1)
        if pid:
            self.words[pid] = word

    def exec_spec(self, *args):
        return any_of('types.containerd.io/opencontainers/runtime-spec/1/Process',
                      json.dumps({**self.process, 'args': list(args)}))


SIGNALS = {'signal 0': 0, 'signal 65': 65, 'signal 1000': 1000}


def nothing_there(t):
    """Every method before Create."""
    for method in ('State', 'Start', 'Delete', 'Pids', 'Pause', 'Resume', 'Wait', 'Stats', 'Connect'):
        t.say(f'{method} before create', method)
    t.say('Kill before create', 'Kill', (3, 9))
    t.say('Exec before create', 'Exec', (2, 'x'), (7, t.exec_spec('true')))
    t.say('ResizePty before create', 'ResizePty', (3, 80), (4, 24))
    t.say('CloseIO before create', 'CloseIO', (3, 1))
    t.say('Update before create', 'Update', (2, any_of('x', '{}')))
    t.say('Checkpoint before create', 'Checkpoint', (2, t.dir))


def no_protocol(t):
    t.say('an unknown method', 'Frobnicate')
    t.say('an unknown service', 'State', service='no.such.Service')
    t.say('task API version 3', 'Connect', service='containerd.task.v3.Task')
    t.say('a payload that is none', 'State', raw=b'\xff\xff\xff')
    t.say('a field that nobody knows', 'Connect', (99, 'new'))


def created(t):
    t.create('Create without a bundle', bundle=t.dir + '/none')
    t.create('Create')
    t.say('State', 'State')
    t.say('Connect', 'Connect')
    t.say('Pids', 'Pids')
    t.say('Stats', 'Stats')
    t.say('Pause when created', 'Pause')
    t.say('Resume when created', 'Resume')
    t.say('Checkpoint when created', 'Checkpoint', (2, t.dir))
    t.say('Wait when created', 'Wait', timeout=0.5)
    t.say('State of an unknown exec', 'State', (2, 'nope'))
    t.say('Delete of an unknown exec', 'Delete', (2, 'nope'))
    t.say('Exec when created', 'Exec', (2, 'early'), (7, t.exec_spec('true')))
    t.say('Delete of that exec', 'Delete', (2, 'early'))


def running(t):
    t.say('Start', 'Start')
    t.say('State when running', 'State')
    t.say('Pids when running', 'Pids')
    t.say('Start twice', 'Start')
    t.say('Delete when running', 'Delete')
    t.say('Resume when running', 'Resume')
    t.say('ResizePty without a terminal', 'ResizePty', (3, 80), (4, 24))
    t.say('CloseIO', 'CloseIO', (3, 1))
    t.say('CloseIO twice', 'CloseIO', (3, 1))
    t.say('CloseIO of an unknown exec', 'CloseIO', (2, 'nope'), (3, 1))
    for name, number in SIGNALS.items():
        t.say(f'Kill with {name}', 'Kill', (3, number))
    t.say('Kill of an unknown exec', 'Kill', (2, 'nope'), (3, 9))
    t.say('Update', 'Update', (2, any_of('x', '{"pids": {"limit": 100}}')))
    t.say('Update that is no JSON', 'Update', (2, any_of('x', '{')))
    t.say('Update of a wrong type', 'Update', (2, any_of('x', '{"pids": {"limit": "many"}}')))
    t.say('Stats when running', 'Stats')
    t.say('State of another id', 'State', id='other')
    t.say('Connect for another id', 'Connect', id='other')
    t.say('Shutdown while it runs', 'Shutdown')
    t.say('State after that', 'State')


def execs(t):
    spec = t.exec_spec('sleep', '1000')
    t.say('Exec', 'Exec', (2, 'x1'), (7, spec))
    t.say('Exec twice', 'Exec', (2, 'x1'), (7, spec))
    t.say('State of an added exec', 'State', (2, 'x1'))
    t.say('Kill of an added exec', 'Kill', (2, 'x1'), (3, 9))
    t.say('ResizePty of an added exec', 'ResizePty', (2, 'x1'), (3, 80), (4, 24))
    t.know(t.say('Start of an exec', 'Start', (2, 'x1')), 'EXEC')
    t.say('State of a running exec', 'State', (2, 'x1'))
    t.say('Pids with an exec', 'Pids')
    t.say('Start of an exec twice', 'Start', (2, 'x1'))
    t.say('Delete of a running exec', 'Delete', (2, 'x1'))
    t.say('Kill of an exec', 'Kill', (2, 'x1'), (3, 15))
    t.say('Wait for an exec', 'Wait', (2, 'x1'))
    t.say('Wait for an exec twice', 'Wait', (2, 'x1'))
    t.say('State of a stopped exec', 'State', (2, 'x1'))
    t.say('Kill of a stopped exec', 'Kill', (2, 'x1'), (3, 9))
    t.say('Start of a stopped exec', 'Start', (2, 'x1'))
    t.say('ResizePty of a stopped exec', 'ResizePty', (2, 'x1'), (3, 80), (4, 24))
    t.say('Delete of an exec', 'Delete', (2, 'x1'))
    t.say('Delete of an exec twice', 'Delete', (2, 'x1'))
    t.say('Exec of what does not exist', 'Exec', (2, 'x2'), (7, t.exec_spec('/no/such')))
    t.say('Start of what does not exist', 'Start', (2, 'x2'))
    t.say('State of what did not start', 'State', (2, 'x2'))
    t.say('Wait for what did not start', 'Wait', (2, 'x2'), timeout=1)
    t.say('Delete of what did not start', 'Delete', (2, 'x2'))
    t.say('Exec that is no JSON', 'Exec', (2, 'x3'), (7, any_of('x', '{')))
    # an Exec without a process ends runc's shim (a nil pointer): 31-shim.bats asks ours alone
    t.say('Exec into another id', 'Exec', (2, 'x5'), (7, spec), id='other')


def paused(t):
    t.say('Pause', 'Pause')
    t.say('State when paused', 'State')
    t.say('Pause twice', 'Pause')
    t.say('Start when paused', 'Start')
    t.say('Delete when paused', 'Delete')
    t.say('Exec when paused', 'Exec', (2, 'p1'), (7, t.exec_spec('true')))
    t.say('Resume', 'Resume')
    t.say('State when resumed', 'State')


def stopped(t):
    t.say('Kill', 'Kill', (3, 9))
    t.say('Wait', 'Wait')
    t.say('Wait twice', 'Wait')
    t.say('State when stopped', 'State')
    t.say('Kill when stopped', 'Kill', (3, 9))
    t.say('Kill of all when stopped', 'Kill', (3, 9), (4, 1))
    t.say('Pids when stopped', 'Pids')
    t.say('Stats when stopped', 'Stats')
    t.say('Start when stopped', 'Start')
    t.say('Pause when stopped', 'Pause')
    t.say('Resume when stopped', 'Resume')
    t.say('Update when stopped', 'Update', (2, any_of('x', '{}')))
    t.say('Checkpoint when stopped', 'Checkpoint', (2, t.dir))
    t.say('Exec when stopped', 'Exec', (2, 'x'), (7, t.exec_spec('true')))
    t.say('ResizePty when stopped', 'ResizePty', (3, 80), (4, 24))
    t.say('CloseIO when stopped', 'CloseIO', (3, 1))
    t.say('Connect when stopped', 'Connect')
    t.say('Delete', 'Delete')
    t.say('Delete twice', 'Delete')
    t.say('State when deleted', 'State')
    t.say('Wait when deleted', 'Wait')
    t.say('Connect when deleted', 'Connect')


def run(*where):
    t = Talk(*where)
    t.begin('life', ['sleep', '1000'])
    for part in (nothing_there, no_protocol, created, running, execs, paused, stopped):
        part(t)
    t.end()

    t.begin('short', ['sh', '-c', 'exit 7'])
    t.create('Create')
    t.create('Create twice')
    t.say('Start', 'Start')
    t.say('Wait', 'Wait')
    t.say('Delete', 'Delete')
    t.end()

    t.begin('unstarted', ['sleep', '1000'])
    t.create('Create')
    t.say('Delete without Start', 'Delete')
    t.end()

    t.begin('missing', ['/no/such/program'])
    t.create('Create of a program that does not exist')
    t.say('Delete of it', 'Delete')
    t.end()

    t.begin('fifo', ['true'])
    t.create('Create with a fifo that does not exist', (6, t.dir + '/nofifo/out'))
    t.create('Create with a strange URI', (6, 'syslog:///x'))
    t.end()


def answers(path):
    out = {}
    with open(path) as file:
        for line in file:
            container, step, answer = line.rstrip('\n').split(': ', 2)
            assert f'{container}: {step}' not in out, f'{step} is said twice'
            out[f'{container}: {step}'] = answer.strip()
    return out


def listed(path):
    """Blocks of: the step, "theirs ...", "ours ...", why."""
    out = {}
    with open(path) as file:
        blocks = '\n'.join(line for line in file.read().split('\n') if not line.startswith('#')).split('\n\n')
    for block in filter(None, (b.strip('\n') for b in blocks)):
        step, theirs, ours, why = block.split('\n', 3)
        out[step] = (theirs.removeprefix('theirs ').strip(), ours.removeprefix('ours ').strip())
        assert why.strip(), f'{step}: no reason is given'
    return out


def compare(theirs, ours, differences):
    theirs, ours, known = answers(theirs), answers(ours), listed(differences)
    bad = 0
    for step in list(theirs) + [s for s in ours if s not in theirs]:
        a, b = theirs.get(step, '(nothing)'), ours.get(step, '(nothing)')
        if a == b and step in known:
            print(f'{step}\nlisted, but it is no difference any more: {a}\n')
        elif a != b and known.get(step) != (a, b):
            print(f'{step}\ntheirs {a}\nours {b}\n')
        else:
            continue
        bad += 1
    for step in known:
        if step not in theirs:
            print(f'{step}\nlisted, but never said\n')
            bad += 1
    print(f'{len(theirs)} answers, {len(known)} known differences, {bad} others')
    return bad or len(theirs) < 100


if __name__ == '__main__':
    sys.exit({'run': run, 'compare': compare}[sys.argv[1]](*sys.argv[2:]))
