package dev.sluice.cli;

import java.lang.reflect.Proxy;
import java.util.function.Consumer;

/**
 * Signals of the process. The JDK has no public interface for them; {@code sun.misc.Signal} is
 * exported by jdk.unsupported, and reached by reflection as javac warns of it without a way to say
 * that this is meant.
 */
final class Signals {
  private Signals() {}

  /** Calls {@code action} with the name, e.g. "INT", on a thread of its own for each arrival. */
  static void on(String name, Consumer<String> action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object receiver =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "handle" -> {
                      action.accept(name);
                      yield null;
                    }
                    case "equals" ->
                        System.identityHashCode(proxy) == System.identityHashCode(arguments[0]);
                    case "hashCode" -> System.identityHashCode(proxy);
                    default -> "handler of SIG" + name;
                  });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), receiver);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JDK can't handle SIG" + name, e);
    }
  }
}
