# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sessions with a hostile peer, over each kind of connection.

    hostile_sessions.py LAZYRUN EXECUTOR [SESSIONS [SEED [NUMBER]]]

In half of the sessions, this program is the controller of an executor. In the
others it stands between lazyrun and an executor, and lets messages through until
it does harm. Whoever is attacked must serve rightly, or end with a sentence and
another status than 0; it must not crash, hang, or say nothing. No line that it
prints may be made up by the peer.

What a session does follows from SEED and its number: given NUMBER, runs that one
alone. Harm that a peer may do by design is left out: an executor runs any code
for its controller, and a controller believes an executor's addresses.
"""
import collections, concurrent.futures, hashlib, hmac, os, random, re, signal, socket, struct, subprocess
import sys, tempfile, threading, time

PATIENCE = 60  # seconds, after which something hangs
SETUP, HANGUP, RESULT, CALL = range(4)
LIMIT = (1 << 30) + (64 << 10)  # of a message
OUTPUT_TAG, INPUT = 0x6C7A7201, 0x6C7A7202  # LZR_TAG_OUTPUT, LZR_TAG_INPUT
SECRET = b'the secret of hostile sessions'
EVIL = b'\nlazyrun: forged\nlazyrun-executor: forged\r\x1b[2J\x7f\xc2\x9b1m\x9b2m\xe2\x80\xa8\xff'
BEGINS = 'lazyrun: ', 'lazyrun-executor: '
OUTPUT = b'right\n'
STATUS = 7
PROGRAM = r'''
@text = constant [6 x i8] c"right\00"
declare i32 @puts(ptr)
define i32 @late(i32 %n) {
  %r = add i32 %n, 4
  ret i32 %r
}
define i32 @early(i32 %n) {
  %is = icmp sgt i32 %n, 0
  br i1 %is, label %calls, label %ends
calls:
  %r = call i32 @late(i32 %n)
  ret i32 %r
ends:
  ret i32 1
}
define i32 @main(i32 %count, ptr %words) {
  %first = call i32 @puts(ptr @text)
  %is = icmp sgt i32 %count, 0
  br i1 %is, label %calls, label %ends
calls:
  %n = add i32 %count, 2
  %r = call i32 @early(i32 %n)
  ret i32 %r
ends:
  ret i32 0
}
'''
# Between lazyrun's descriptors and this program's: from here $1, to here $2, the
# status to end with $3, and as lazyrun says it $4, if the connection is not stdio.
PUMP = r'''
ends=${4:-filedescs=0,1} ends=${ends#*=} in=${ends%,*} out=${ends#*,}
eval "cat $2>&- $3<&- <&$1 >&$out &"
eval "cat $out>&- $3<&- <&$in >&$2 &"
eval "exec $2>&- $out>&-"
read -r status <&"$3"
exit "${status:-1}"
'''


class Wrong(Exception):
    """Something that must not be."""


# Messages.

def u64(*numbers):
    return struct.pack('<%dQ' % len(numbers), *numbers)


def string(text):
    return u64(len(text)) + text


def message(opcode, sequence=0, tag=0, payload=b'', size=None):
    return u64(32 + len(payload) if size is None else size, opcode, sequence, tag) + payload


def receive_exactly(stream, size):
    parts = b''
    while len(parts) < size:
        try:
            part = stream.recv(size - len(parts))
        except ConnectionError:
            part = b''
        except TimeoutError:
            raise Wrong('nothing arrives')
        if not part:
            return None
        parts += part
    return parts


def receive(stream):
    """The next message's bytes, or None at the end."""
    header = receive_exactly(stream, 32)
    size = struct.unpack('<Q', header[:8])[0] if header else 0
    if header and not 32 <= size <= LIMIT:
        raise Wrong('a message of %d bytes' % size)
    payload = receive_exactly(stream, size - 32) if header else None
    return None if payload is None else header + payload


def fields(whole):
    return struct.unpack('<4Q', whole[:32])[1:]


def send(stream, whole):
    """The other end may have ended."""
    try:
        stream.sendall(whole)
        return True
    except OSError:
        return False


def half_close(stream):
    try:
        stream.shutdown(socket.SHUT_WR)
    except OSError:
        pass


class Pipes:
    """Two descriptors that are used as a socket is."""

    def __init__(self, incoming, outgoing):
        self.incoming, self.outgoing = os.fdopen(incoming, 'rb', 0), os.fdopen(outgoing, 'wb', 0)

    def recv(self, size):
        return self.incoming.read(size)

    def sendall(self, whole):
        while whole:
            whole = whole[self.outgoing.write(whole):]

    def shutdown(self, how):
        self.outgoing.close()

    def close(self):
        self.incoming.close()
        self.outgoing.close()


# The secret.

LABELS = {(who, how): b'lazyrun %s %s\0' % (who, how) for who in (b'controller', b'executor')
          for how in (b'connects', b'listens')}


def exchange(stream, who, how, harm=None, rng=None):
    """Proves as who does ('controller', 'executor') that listens or connects."""
    own = os.urandom(32)
    if harm == 'garbage instead of a proof':
        return send(stream, rng.randbytes(rng.randrange(1, 200)))
    send(stream, b'lzrsecr2' + own)
    if harm == 'silence instead of a proof':
        return
    hello = receive_exactly(stream, 40)
    if hello is None:
        return
    other = hello[8:]
    if harm == 'a proof played back':
        other = os.urandom(32)  # of another session
    if harm == 'a proof of another role':
        who = b'executor' if who == b'controller' else b'controller'
    key = SECRET if harm != 'a wrong proof' else b'another secret of enough bytes'
    both = own + other if how == b'listens' else other + own
    proof = hmac.new(key, LABELS[who, how] + both, hashlib.sha256).digest()
    if how == b'connects':
        send(stream, proof)
        receive_exactly(stream, 32)
    else:
        received = receive_exactly(stream, 32)
        if harm == 'a proof sent back':
            proof = received or b''
        send(stream, proof)


PROOFS = ['a wrong proof', 'a proof played back', 'a proof of another role', 'garbage instead of a proof',
          'silence instead of a proof']


# Processes.

class Process:
    def __init__(self, words, keep=(), streams=None):
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        streams = streams or {'stdin': subprocess.DEVNULL, 'stdout': self.out}
        environment = dict(os.environ, LAZYRUN_SECRET=SECRET.decode())
        self.popen = subprocess.Popen(words, stderr=self.err, pass_fds=keep, env=environment,
                                      start_new_session=True, **streams)

    def end(self):
        """Waits for it. What it has printed can be read then."""
        try:
            self.status = self.popen.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Wrong('hangs')
        finally:
            self.kill()
        self.read()

    def read(self):
        self.out.seek(0)
        self.err.seek(0)
        self.printed, self.said = self.out.read(), self.err.read()
        return self.said

    def kill(self):
        """Also what it has left behind."""
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.popen.wait()

    def await_line(self):
        """The line that says where it listens."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self.popen.poll() is None:
            line = os.pread(self.err.fileno(), 1000, 0)
            if line.endswith(b'\n'):
                return line
            time.sleep(0.005)
        raise Wrong('does not listen')


def connect(family, address):
    stream = socket.socket(family)
    stream.settimeout(PATIENCE)
    stream.connect(address)
    return stream


def start_executor(executor, kind, folder, wait):
    """The process, and a function that connects to it."""
    words = [executor, '--wait=%d' % wait]
    if kind in ('descriptors', 'stdio'):
        ours, theirs = socket.socketpair()
        with theirs:
            ours.settimeout(PATIENCE)
            if kind == 'stdio':
                process = Process(words + ['stdio'], streams={'stdin': theirs, 'stdout': theirs})
            else:
                process = Process(words + ['fd=%d' % theirs.fileno()], keep=[theirs.fileno()])
        return process, lambda: ours
    if kind == 'unix':
        path = os.path.join(folder, 'executor')
        process = Process(words + ['unix:listen=' + path])
        process.await_line()
        return process, lambda: connect(socket.AF_UNIX, path)
    process = Process(words + ['tcp:listen=127.0.0.1:0'])
    port = int(re.search(rb':(\d+)\n', process.await_line()).group(1))
    return process, lambda: connect(socket.AF_INET, ('127.0.0.1', port))


KINDS = ['descriptors', 'stdio', 'unix', 'tcp']


def check_lines(said):
    """Each line is one of the two programs', and a terminal obeys none."""
    try:
        text = said.decode()
    except UnicodeDecodeError:
        raise Wrong('says bytes that are not UTF-8')
    for line in text.split('\n')[:-1]:
        if any(ord(c) < 32 or 127 <= ord(c) < 160 or ord(c) == 0x2028 for c in line):
            raise Wrong('says a control character')
        if not line.startswith(BEGINS) or line.startswith(tuple(begin + 'forged' for begin in BEGINS)):
            raise Wrong('says a line of another')


# Against an executor.

class Controller:
    """An honest one."""

    def __init__(self, stream):
        self.stream, self.services, self.sequence, self.told = stream, {}, 0, b''

    def meet(self):
        setup = receive(self.stream)
        if setup is None:
            raise Wrong('no Setup message comes')
        at = setup.rindex(string(b'lazyrun_commit'))  # one of the list's entries
        for start in range(at, 32, -1):  # whose count is in front of it
            if setup[start - 8:start] == u64(52) or setup[start - 8:start - 1] == u64(52)[:7]:
                at = start
        while at < len(setup):
            size = struct.unpack_from('<Q', setup, at)[0]
            name = setup[at + 8:at + 8 + size]
            self.services[name.decode()] = struct.unpack_from('<Q', setup, at + 8 + size)[0]
            at += 16 + size

    def pack(self, name, payload):
        self.sequence += 1
        tag = name if isinstance(name, int) else self.services[name]
        return message(CALL, self.sequence, tag, payload)

    def await_answer(self, sequence):
        while True:
            whole = receive(self.stream)
            if whole is None:
                return None
            opcode, number, tag = fields(whole)
            if opcode == RESULT and number == sequence:
                return whole[32:]
            if opcode == HANGUP:
                self.told += whole[41:]
            if opcode == CALL:
                if tag == OUTPUT_TAG and whole[32] == 2:
                    self.told += whole[41:]
                send(self.stream, message(RESULT, number, 0, u64(0) if tag == INPUT else b''))

    def call(self, name, payload):
        send(self.stream, self.pack(name, payload))
        return self.await_answer(self.sequence)

    def find(self, name):
        found = self.call('lazyrun_lookup', u64(0, 1) + string(name) + b'\1\0')
        if found is None or len(found) != 33 or found[0] != 1:
            raise Wrong('a look-up fails')
        return struct.unpack_from('<Q', found, 9)[0]

    def run(self, name):
        """An int function without parameters."""
        return self.pack('lazyrun_call', u64(self.find(name)) + b'\3' + u64(0, 0, 0))

    def is_served(self):
        send(self.stream, self.run(b'getppid'))
        answer = self.await_answer(self.sequence)
        return answer is not None and len(answer) == 9 and answer[0] == 1


HEADERS = {
    'a size below the header\'s': lambda rng: message(rng.randrange(4), size=rng.randrange(32)),
    'a size above the limit': lambda rng: message(CALL, size=rng.choice([LIMIT + 1, 1 << 40, (1 << 64) - 1])),
    'an unknown opcode': lambda rng: message(rng.randrange(4, 256) + (rng.randrange(1 << 40) << 8)),
    'an answer to no call': lambda rng: message(RESULT, rng.choice([5000, 1 << 40, 1 << 63, (1 << 64) - 1]), 0,
                                                rng.randbytes(rng.randrange(40))),
    'garbage': lambda rng: rng.randbytes(7) + b'\xff' + rng.randbytes(rng.randrange(24, 300)),
    'a goodbye with a reason': lambda rng: message(HANGUP, 0, 0, b'\1' + string(EVIL + rng.randbytes(9))),
    'a goodbye that makes no sense': lambda rng: message(HANGUP, 3, 4, b'\xff' + rng.randbytes(rng.randrange(9))),
}


def send_garbled(kind):
    def attack(controller, rng):
        send(controller.stream, HEADERS[kind](rng))
        return 'refused'
    return attack


def send_setup(controller, rng):
    send(controller.stream, message(SETUP, 0, 0, rng.randbytes(rng.randrange(100))))
    return 'refused'


def end_inside(controller, rng):
    whole = message(CALL, 9, controller.services['lazyrun_read'], rng.randbytes(rng.randrange(1, 99)))
    send(controller.stream, whole[:rng.randrange(1, len(whole))])
    half_close(controller.stream)
    return 'refused'


def end_between(controller, rng):
    half_close(controller.stream)
    return 'served'


def leave_program(controller, rng):
    send(controller.stream, controller.run(b'pause'))
    half_close(controller.stream)
    return 'refused'


def call_no_code(controller, rng):
    for tag in 0, 1, rng.randrange(4096), (1 << 64) - 1, 1 << 63:
        if controller.call(tag, rng.randbytes(rng.randrange(30))) != b'':
            raise Wrong('a tag that is no code is called')
    return 'served'


def send_counts(controller, rng):
    """Of sequences that are longer than their messages."""
    count = rng.choice([1 << 28, 1 << 32, 1 << 60, (1 << 64) - 1])
    name, payload = rng.choice([
        ('lazyrun_lookup', u64(0, count)), ('lazyrun_lookup', u64(0, 1, count)), ('lazyrun_open_library', u64(count)),
        ('lazyrun_read', u64(4096, count)), ('lazyrun_show', u64(count)), ('lazyrun_write', u64(4096, count)),
        ('lazyrun_run_main', u64(0, count)), ('lazyrun_call', u64(0) + b'\3' + u64(count)),
        ('lazyrun_call', u64(0) + b'\3' + u64(0, 0, count)), ('lazyrun_add_function', u64(7) + b'\3' + u64(count)),
        ('__llvm_orc_bootstrap_mem_read_buffers_wrapper', u64(count)),
        ('__llvm_orc_bootstrap_run_as_main_wrapper', u64(0, count)),
        ('__llvm_orc_SimpleExecutorMemoryManager_release_wrapper', u64(0, count)),
        ('__llvm_orc_SimpleExecutorMemoryManager_reserve_wrapper', u64(0, count | 1 << 60))])
    controller.call(name, payload)
    return 'served'


def send_bad_post(controller, rng):
    """Of services whose failure ends the session."""
    name = rng.choice(['lazyrun_commit', 'lazyrun_release', 'lazyrun_store_pointers'])
    payload = rng.choice([b'', u64(1) * 8, u64((1 << 64) - 1) * 9, rng.randbytes(rng.randrange(80))])
    if name == 'lazyrun_store_pointers' and payload[:8] == u64(0):
        payload = u64(1)
    controller.call(name, payload)
    return 'refused'


def ask_for_evil_names(controller, rng):
    answers = [controller.call('lazyrun_lookup', u64(0, 1) + string(EVIL) + b'\1\0'),
               controller.call('lazyrun_open_library', string(EVIL))]
    for answer in answers:
        if not answer or answer[0] != 0:
            raise Wrong('a name that is nowhere is found')
        check_lines(b'lazyrun: ' + answer[9:] + b'\n')
    return 'served'


def drip(controller, rng):
    for byte in controller.run(b'getppid'):
        send(controller.stream, bytes([byte]))
        time.sleep(rng.choice([0, 0, 0, 0.01]))
    controller.await_answer(controller.sequence)
    return 'served'


def burst(controller, rng):
    calls = [controller.pack('lazyrun_read', u64(0, 0)) for _ in range(rng.randrange(2, 500))]
    send(controller.stream, b''.join(calls))
    controller.await_answer(controller.sequence)
    return 'served'


AGAINST_EXECUTOR = {**{kind: send_garbled(kind) for kind in HEADERS},
                    'a Setup message that nobody waits for': send_setup,
                    'an end inside a message': end_inside,
                    'an end between messages': end_between,
                    'an end while the program runs': leave_program,
                    'calls of what is no code': call_no_code,
                    'counts beyond the message': send_counts,
                    'posted calls that fail': send_bad_post,
                    'names that make up lines': ask_for_evil_names,
                    'byte by byte': drip,
                    'many calls at once': burst,
                    'silence': None}


def attack_executor(lazyrun, executor, kind, folder, rng, log):
    harms = list(AGAINST_EXECUTOR) + (PROOFS if kind == 'tcp' else [])
    harm = log['harm'] = rng.choice(harms)
    never_proves = harm in PROOFS and rng.random() < 0.5
    impatient = harm == 'silence' or never_proves
    process, reach = start_executor(executor, kind, folder, 1 if impatient else PATIENCE)
    strangers, told = [], b''
    try:
        expected = 'served'
        if harm in PROOFS:
            strangers.append(reach())
            exchange(strangers[0], b'controller', b'connects', harm, rng)
            expected = 'refused'
        if not never_proves:
            stream = reach()
            strangers.append(stream)
            if kind == 'tcp':
                exchange(stream, b'controller', b'connects')
            controller = Controller(stream)
            begins = rng.random() < 0.8 or harm not in HEADERS
            if begins:
                controller.meet()
            served = harm == 'silence' or not begins or rng.random() < 0.3 or controller.is_served()
            if harm == 'silence':
                expected = 'refused'
            elif harm in PROOFS:
                expected = 'served'
            else:
                expected = AGAINST_EXECUTOR[harm](controller, rng)
                log['harm'] = harm
            if expected == 'served' and harm != 'an end between messages':
                served = controller.is_served() and served
                half_close(stream)
            if not served:
                raise Wrong('does not serve an honest call')
            if expected == 'refused':
                controller.await_answer(None)  # until it ends
            told = controller.told
        process.end()
    finally:
        process.kill()
        log['said'] = process.read()
        for stream in strangers:
            stream.close()
    check_lines(process.said.split(b'\n', 1)[1] if b'listening;' in process.said else process.said)
    says = process.said.count(b'\n') > (b'listening;' in process.said)
    outcome = ('served' if process.status == 0 and not says else
               'refused' if process.status == 1 and (says or told) else 'wrong')
    if outcome != expected:
        raise Wrong('is %s in place of %s: status %d' % (outcome, expected, process.status))
    return outcome


# Between lazyrun and an executor.

class Tampering:
    """Passes on messages in one direction, until the time for harm has come."""

    def __init__(self, harm, at, rng):
        self.harm, self.at, self.rng, self.count = harm, at, rng, 0

    def pass_on(self, whole, to):
        """Whether to go on."""
        due = self.count == self.at
        self.count += 1
        if self.harm == 'byte by byte' and self.count < 10:
            return all(send(to, bytes([byte])) for byte in whole)
        if not due or self.harm in ('none', 'byte by byte'):
            return send(to, whole)
        return self.do_harm(whole, to)

    def do_harm(self, whole, to):
        harm, rng = self.harm, self.rng
        if harm in HEADERS:
            send(to, HEADERS[harm](rng))
        elif harm == 'an end inside a message':
            send(to, whole[:rng.randrange(1, len(whole))])
        elif harm == 'a Setup message that nobody waits for':
            send(to, message(SETUP, 0, 0, whole[32:]) if self.at else whole + message(SETUP))
        elif harm == 'an answer twice':
            return send(to, whole) and (fields(whole)[0] != RESULT or send(to, whole))
        elif harm == 'counts beyond the message' and fields(whole)[0] == RESULT and len(whole) > 41:
            answer = b'\1' + u64(rng.choice([1 << 28, 1 << 60, (1 << 64) - 1])) + whole[41:]
            return send(to, message(RESULT, fields(whole)[1], 0, answer))
        elif harm == 'an error that makes up lines' and fields(whole)[0] == RESULT:
            return send(to, message(RESULT, fields(whole)[1], 0, rng.choice([b'\0', b'\1']) + string(EVIL)))
        elif harm == 'an empty answer' and fields(whole)[0] == RESULT:
            return send(to, message(RESULT, fields(whole)[1]))
        elif harm == 'an odd Setup message' and self.at == 0:
            return send(to, spoil_setup(whole, rng))
        elif harm == 'silence':
            return None
        elif harm not in ('an end between messages',):
            return send(to, whole)
        return False


def spoil_setup(whole, rng):
    """In front of the services' addresses, which a controller believes, as it does
    the two of functions in front of the window."""
    end = whole.index(b'lazyrun_commit') - 16
    while True:
        spoilt = bytearray(whole[:end])
        for _ in range(rng.randrange(1, 4)):
            spoilt[rng.randrange(32, len(spoilt) - 64)] ^= 1 << rng.randrange(8)
        if rng.random() < 0.3:
            spoilt[32:40] = u64(rng.choice([1 << 60, (1 << 64) - 1, len(whole)]))
        return bytes(spoilt) + whole[end:]


BETWEEN = ['none', 'byte by byte', *HEADERS, 'an end inside a message', 'a Setup message that nobody waits for',
           'silence']
# To an executor, these are as good as the controller's; what a child's status is after them, and after an end
# between messages, is taken for the program's.
BELIEVED = ['a goodbye with a reason', 'a goodbye that makes no sense']
TO_CONTROLLER = ['an answer twice', 'counts beyond the message', 'an error that makes up lines', 'an empty answer',
                 'an odd Setup message', 'an odd Setup message']


def pass_messages(stream, to, tampering, problems, before_end):
    going = True
    try:
        while going:
            whole = receive(stream)
            if whole is None:
                break
            going = tampering.pass_on(whole, to)
        if going is not None:
            before_end()
            half_close(to)
        while receive_exactly(stream, 1):  # lets it send the rest
            pass
    except (OSError, ValueError):
        pass
    except Wrong as wrong:
        problems.append(wrong)


def start_lazyrun(lazyrun, kind, folder, rest):
    """The process, a function that gives this end of its connection, and one that
    says how the executor has ended."""
    words = [lazyrun, *rest]
    if kind in ('descriptors', 'stdio'):
        (there, to), (back, away), (status, says) = os.pipe(), os.pipe(), os.pipe()
        pump = 'bash %s/pump.sh %d %d %d' % (folder, there, away, status)
        option = '--oop-launch=' if kind == 'descriptors' else '--oop-command='
        words.insert(1, option + pump)
        process = Process(words, keep=[there, away, status])
        for descriptor in there, away, status:
            os.close(descriptor)

        def tell(executor):
            """As a child of lazyrun's would, before it closes the connection."""
            try:
                how = executor.popen.wait(1)
                os.write(says, b'%d\n' % (how if how >= 0 else 128 - how))
            except (OSError, subprocess.TimeoutExpired):
                pass
            os.close(says)
        return process, lambda: Pipes(back, to), tell
    listener = socket.socket(socket.AF_UNIX if kind == 'unix' else socket.AF_INET)
    listener.settimeout(PATIENCE)
    path = os.path.join(folder, 'controller')
    listener.bind(path if kind == 'unix' else ('127.0.0.1', 0))
    listener.listen()
    words.insert(1, '--oop-connect=unix:connect=' + path if kind == 'unix' else
                 '--oop-connect=tcp:connect=127.0.0.1:%d' % listener.getsockname()[1])
    process = Process(words)

    def accept():
        with listener:
            stream = listener.accept()[0]
            stream.settimeout(PATIENCE)
            return stream
    return process, accept, lambda executor: None


def attack_between(lazyrun, executor, kind, folder, rng, log):
    whom = rng.choice(['controller', 'controller', 'executor'])
    harms = BETWEEN + TO_CONTROLLER if whom == 'controller' else [harm for harm in BETWEEN if harm not in BELIEVED]
    if kind != 'descriptors' or whom == 'controller':
        harms = harms + ['an end between messages']
    if kind == 'tcp' and whom == 'controller':
        harms = harms + PROOFS + ['a proof sent back']
    harm = rng.choice(harms)
    at = 0 if harm in ('an odd Setup message', 'silence') and rng.random() < 0.8 else rng.randrange(8)
    log['harm'] = '%s, to the %s' % (harm, whom)
    tampering = Tampering(harm, at, rng)
    honest = Tampering('none', 0, rng)
    rest = ['program.ll'] if harm != 'silence' else ['--oop-timeout=1', 'program.ll']
    rest[-1] = os.path.join(folder, rest[-1])
    with open(os.path.join(folder, 'pump.sh'), 'w') as file:
        file.write(PUMP)
    with open(os.path.join(folder, 'program.ll'), 'w') as file:
        file.write(PROGRAM)
    process, reach_controller, tell = start_lazyrun(lazyrun, kind, folder, rest)
    other, streams, problems = None, [], []
    try:
        streams.append(reach_controller())
        proves = harm in PROOFS or harm == 'a proof sent back'
        if kind == 'tcp':
            exchange(streams[0], b'executor', b'listens', harm if proves else None, rng)
        if not proves:
            other, reach_executor = start_executor(executor, kind, folder, PATIENCE)
            streams.append(reach_executor())
            if kind == 'tcp':
                exchange(streams[1], b'controller', b'connects')
            to_executor, to_controller = (tampering, honest) if whom == 'executor' else (honest, tampering)
            ways = [(streams[0], streams[1], to_executor, problems, lambda: None),
                    (streams[1], streams[0], to_controller, problems, lambda: tell(other))]
            threads = [threading.Thread(target=pass_messages, args=way) for way in ways]
            for thread in threads:
                thread.start()
        process.end()
        for stream in streams:
            half_close(stream)
        if other:
            other.end()
            for thread in threads:
                thread.join()
    finally:
        process.kill()
        log['said'] = process.read()
        if other:
            other.kill()
            log['said'] += other.read() + b'executor: status %d' % other.popen.returncode
        for stream in streams:
            stream.close()
    if problems:
        raise problems[0]
    check_lines(process.said)
    printed = process.printed
    if other:
        if kind != 'stdio':
            printed += other.printed
        check_lines(other.said)
        if other.status < 0:
            raise Wrong('the executor dies of signal %d' % -other.status)
    said = process.said
    if other and kind == 'descriptors':
        said += other.said  # a child has its parent's standard error
    outcome = ('served' if process.status == STATUS and printed == OUTPUT and not process.said else
               'refused' if 0 < process.status < 124 and said else 'wrong')
    if outcome == 'wrong' or (harm in ('none', 'byte by byte') and outcome != 'served'):
        raise Wrong('is %s: status %d, printed %r' % (outcome, process.status, printed))
    return outcome


# All of them.

ATTACKS = {'executor': attack_executor, 'lazyrun': attack_between}
Outcome = collections.namedtuple('Outcome', 'number whom kind harm outcome why said', defaults=('', b''))


def run_session(lazyrun, executor, seed, number):
    whom, kind = list(ATTACKS)[number % 2], KINDS[number // 2 % len(KINDS)]
    rng = random.Random('%d/%d' % (seed, number))
    log = {'harm': 'none', 'said': b''}
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome = ATTACKS[whom](lazyrun, executor, kind, folder, rng, log)
            return Outcome(number, whom, kind, log['harm'], outcome)
        except Wrong as wrong:
            return Outcome(number, whom, kind, log['harm'], 'FAILED', str(wrong), log['said'])


def main(lazyrun, executor, sessions='200', seed='1', number=None):
    numbers = range(int(sessions)) if number is None else [int(number)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: run_session(lazyrun, executor, int(seed), n), numbers))
    names = ['served', 'refused', 'FAILED']
    print('%-36s' % 'attacked, over' + ''.join('%9s' % name for name in names))
    for whom in ATTACKS:
        for kind in KINDS:
            counts = collections.Counter(o.outcome for o in outcomes if (o.whom, o.kind) == (whom, kind))
            print('%-36s' % ('%s, %s' % (whom, kind)) + ''.join('%9d' % counts[name] for name in names))
    print()
    for harm in sorted({(o.whom, o.harm) for o in outcomes}):
        counts = collections.Counter(o.outcome for o in outcomes if (o.whom, o.harm) == harm)
        print('%-9s %-60s' % harm + ''.join('%7d' % counts[name] for name in names))
    failed = [o for o in outcomes if o.outcome == 'FAILED']
    for o in failed:
        print('FAILED: session %d of seed %s: %s, %s: %s: %s' % (o.number, seed, o.whom, o.kind, o.harm, o.why))
        print('    it says: %r' % o.said)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
