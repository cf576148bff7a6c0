"""Runs a static x86-64 program on an emulated processor: emulate.py PROCESSOR PROGRAM [ARGUMENT...]

Needs `pip install bochscpu-python==0.4.0`, the processor core of Bochs. There is no operating system: memory is mapped
one to one, the program runs in ring 3, and its system calls, of which it gets the few that a C program makes, trap by
WBINVD in a stub. Prints what the program prints and exits as it does; 128 + vector after a processor exception.
"""

import ctypes
import mmap
import os
import struct
import sys

# The wheel asks for glibc 2.38 only in functions that are never called here.
sys.setdlopenflags(os.RTLD_LAZY)

import bochscpu
import bochscpu.memory

# Positions in Bochs' list of processors, which bochscpu-python does not name.
PROCESSORS = {"haswell": 24, "skylake-x": 27, "ice-lake": 28, "sapphire-rapids": 30}

PAGE = 4096
MEMORY = 256 << 20
SYSTEM_CALL_STUB, LEVEL_4, LEVEL_3, LEVEL_2, LEVEL_1 = 0x1000, 0x2000, 0x3000, 0x4000, 0x10_0000
MAPPINGS, STACK = MEMORY // 2, MEMORY - (1 << 20)  # anonymous mappings grow up to the stack, which grows down
PRESENT = 7  # writable, for ring 3

WRITE, MPROTECT, BRK, MMAP, WRITEV, ARCH_PRCTL, EXIT, EXIT_GROUP = 1, 10, 12, 9, 20, 158, 60, 231
ARCH_SET_FS, ENOSYS = 0x1002, 38
GRANTED = {11, 28, 273, 302, 13, 14, 218}  # munmap, madvise, robust list, limits, signals, thread id: nothing to do


def select(processor):
    """The model of the processors that are made from now on."""
    library = ctypes.CDLL(bochscpu._bochscpu.__file__, mode=os.RTLD_LAZY)
    library.sim_get_param_enum.restype = ctypes.c_void_p
    set_value = library._ZN14bx_param_num_c15set_initial_valEl
    set_value.argtypes = [ctypes.c_void_p, ctypes.c_long]
    set_value(library.sim_get_param_enum(b"cpu.model"), PROCESSORS[processor])


def segment(selector, attributes, base=0):
    result = bochscpu.Segment()
    result.present, result.selector, result.base, result.limit, result.attr = True, selector, base, 0xFFFF_FFFF, attributes
    return result


class Machine:
    """Memory, one processor and the system calls of one program."""

    def __init__(self):
        self.memory = mmap.mmap(-1, MEMORY)
        self.session = bochscpu.Session()
        self.session.missing_page_handler = self.miss
        self.exit_code = None
        self.next_mapping = MAPPINGS
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        for address in range(0, MEMORY, PAGE):
            bochscpu.memory.page_insert(address, start + address)
        # wbinvd; push rax; mov rax, cr3; mov cr3, rax (forgets pages that mprotect took); pop rax; sysretq
        self.put(SYSTEM_CALL_STUB, bytes.fromhex("0f09 50 0f20d8 0f22d8 58 480f07"))
        self.put_words(LEVEL_4, [LEVEL_3 | PRESENT])
        self.put_words(LEVEL_3, [LEVEL_2 | PRESENT])
        self.put_words(LEVEL_2, [LEVEL_1 + i * PAGE | PRESENT for i in range(MEMORY >> 21)])
        self.put_words(LEVEL_1, [address | PRESENT for address in range(0, MEMORY, PAGE)])

    def put(self, address, data):
        self.memory[address : address + len(data)] = data

    def put_words(self, address, words):
        self.put(address, struct.pack(f"<{len(words)}Q", *words))

    def load(self, program):
        """Loads the segments; returns where it starts and its program headers as the C library asks for them."""
        kind, machine = struct.unpack_from("<HH", program, 16)
        if program[:4] != b"\x7fELF" or (kind, machine) != (2, 62):
            sys.exit("not a static x86-64 program: link with -static")
        entry, table = struct.unpack_from("<QQ", program, 24)
        size, count = struct.unpack_from("<HH", program, 54)
        self.heap_end, headers = 0, 0
        for i in range(count):
            kind, _, offset, address, _, filled, length, _ = struct.unpack_from("<IIQQQQQQ", program, table + i * size)
            if kind != 1:
                continue
            self.put(address, program[offset : offset + filled])
            if offset <= table < offset + filled:
                headers = address + table - offset
            self.heap_end = max(self.heap_end, address + length + PAGE - 1 & -PAGE)
        return entry, {3: headers, 4: size, 5: count, 6: PAGE, 9: entry}

    def push_arguments(self, arguments, auxiliary):
        """Puts what a program finds on its stack at the start; returns the stack pointer."""
        top, pointers = STACK, []
        for text in arguments:
            data = os.fsencode(text) + b"\0"
            top -= len(data)
            self.put(top, data)
            pointers.append(top)
        auxiliary |= {25: STACK}  # 16 random bytes: zeros
        words = [len(pointers), *pointers, 0, 0, *(word for pair in auxiliary.items() for word in pair), 0, 0]
        top = top - 8 * len(words) & -16
        self.put_words(top, words)
        return top

    def run(self, program, arguments):
        entry, auxiliary = self.load(program)
        state = bochscpu.State()
        state.rip, state.rsp, state.rflags = entry, self.push_arguments(arguments, auxiliary), 2
        state.cr0, state.cr3, state.cr4 = 0x8000_0033, LEVEL_4, 0x5_0620  # paging; SSE, FSGSBASE, XSAVE, PAE
        state.efer, state.xcr0 = 0xD01, 0xE7  # long mode, SYSCALL; state of x87, SSE, AVX, AVX-512
        state.mxcsr, state.mxcsr_mask, state.fpcw, state.fptw = 0x1F80, 0x2_FFFF, 0x37F, 0xFFFF
        state.cs, state.ss = segment(0x33, 0x22FB), segment(0x2B, 0xCF3)
        state.ds = state.es = state.fs = state.gs = segment(0, 0xCF3)
        state.star, state.lstar, state.sfmask = 0x23_0008 << 32, SYSTEM_CALL_STUB, 0x4_7700
        self.session.cpu.state = state
        hook = bochscpu.Hook()
        hook.cache_cntrl, hook.exception = self.system_call, self.fault
        self.session.run([hook])
        return 1 if self.exit_code is None else self.exit_code

    def system_call(self, *_):
        cpu = self.session.cpu
        cpu.rax = self.serve(cpu.rax, cpu.rdi, cpu.rsi, cpu.rdx) & 0xFFFF_FFFF_FFFF_FFFF

    def serve(self, number, a, b, c):
        if number == WRITE:
            return os.write(a, self.memory[b : b + c])
        if number == WRITEV:
            parts = struct.iter_unpack("<QQ", self.memory[b : b + 16 * c])
            return os.write(a, b"".join(self.memory[start : start + count] for start, count in parts))
        if number == BRK:
            self.heap_end = a if self.heap_end < a < MAPPINGS else self.heap_end
            return self.heap_end
        if number == MMAP:
            start = self.next_mapping
            self.next_mapping += b + PAGE - 1 & -PAGE
            return start if self.next_mapping < STACK - (16 << 20) else -12
        if number == MPROTECT:
            for page in range(a, a + b, PAGE):
                self.put_words(LEVEL_1 + page // PAGE * 8, [page | (PRESENT if c else 0)])
            return 0
        if number == ARCH_PRCTL and a == ARCH_SET_FS:
            self.session.cpu.fs = segment(0, 0xCF3, b)
            return 0
        if number in (EXIT, EXIT_GROUP):
            self.stop(a & 255)
        return 0 if number in GRANTED else -ENOSYS

    def fault(self, _session, _cpu, vector, error):
        cpu = self.session.cpu
        print(f"exception {int(vector)}, error {error:#x}, at {cpu.rip:#x}, address {cpu.cr2:#x}", file=sys.stderr)
        self.stop(128 + int(vector))

    def miss(self, address):
        print(f"no memory at {address:#x}", file=sys.stderr)
        os._exit(139)

    def stop(self, exit_code):
        self.exit_code = exit_code
        self.session.stop()


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in PROCESSORS:
        sys.exit(f"emulate.py {'|'.join(PROCESSORS)} PROGRAM [ARGUMENT...]")
    select(sys.argv[1])
    with open(sys.argv[2], "rb") as file:
        program = file.read()
    exit_code = Machine().run(program, sys.argv[2:])
    os._exit(exit_code)  # the memory is still the processor's: no destructors


main()
