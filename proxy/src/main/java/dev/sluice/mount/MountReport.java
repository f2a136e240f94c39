package dev.sluice.mount;

/** Hears what a mount does, a line at a time. Called from several threads. */
@FunctionalInterface
public interface MountReport {
  void say(String line);
}
