package dev.sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

final class NativeFunctionTest {
  private static final int EBADF = 9;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;

  @Test
  void anErrorIsItsNumberNegated() {
    assertThat(NativeFunction.ofInt("close").call(-1)).isEqualTo(-EBADF);
    assertThat(NativeFunction.ofLong("read").call(-1, 0, 0)).isEqualTo(-EBADF);
  }

  @Test
  void ofAnIntOnlyTheLowerHalfCounts() {
    NativeFunction abs = NativeFunction.ofInt("abs");
    assertThat(abs.call(-5)).isEqualTo(5);
    assertThat(abs.call(0x7_0000_0005L)).isEqualTo(5);
    assertThat(NativeFunction.ofLong("labs").call(-0x7_0000_0005L)).isEqualTo(0x7_0000_0005L);
  }

  @Test
  void sixParametersArrive() {
    long address =
        NativeFunction.ofLong("mmap").call(0, 4096, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
    assertThat(address).isPositive();
    MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(4096);
    memory.set(ValueLayout.JAVA_LONG, 4088, 42);
    assertThat(memory.get(ValueLayout.JAVA_LONG, 4088)).isEqualTo(42);
    assertThat(NativeFunction.ofInt("munmap").call(address, 4096)).isZero();
  }

  @Test
  void parametersOfVariableNumberArrive() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocate(64);
      long length =
          NativeFunction.ofInt("snprintf")
              .call(
                  text.address(),
                  text.byteSize(),
                  arena.allocateFrom("%d %ld %s").address(),
                  -7,
                  1L << 40,
                  arena.allocateFrom("end").address());
      assertThat(text.getString(0)).isEqualTo("-7 1099511627776 end");
      assertThat(length).isEqualTo("-7 1099511627776 end".length());
    }
  }

  @Test
  void whatIsNotThereIsNamed() {
    assertThat(NativeFunction.ofIntIfThere("no_such_function")).isEmpty();
    assertThat(NativeFunction.of(SymbolLookup.loaderLookup(), "no_such_function", true)).isEmpty();
    assertThatThrownBy(() -> NativeFunction.ofInt("no_such_function"))
        .hasMessageContaining("no_such_function");
    assertThatThrownBy(() -> NativeFunction.ofLong("no_such_function"))
        .hasMessageContaining("no_such_function");
  }

  @Test
  void onlyNativeMemoryThatIsThereHasAnAddress() {
    MemorySegment gone;
    try (Arena arena = Arena.ofConfined()) {
      gone = arena.allocate(8);
      assertThat(NativeFunction.address(gone)).isEqualTo(gone.address());
    }
    assertThatThrownBy(() -> NativeFunction.address(gone))
        .isInstanceOf(IllegalStateException.class);
    MemorySegment heap = MemorySegment.ofArray(new byte[8]);
    assertThatThrownBy(() -> NativeFunction.address(heap))
        .isInstanceOf(IllegalStateException.class);
  }
}
