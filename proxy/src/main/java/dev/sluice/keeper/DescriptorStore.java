package dev.sluice.keeper;

import java.io.IOException;
import java.util.Optional;

/** A service manager that keeps a descriptor over restarts of the service. */
public interface DescriptorStore {
  /** There is none. */
  DescriptorStore NONE =
      new DescriptorStore() {
        @Override
        public Trust trust() {
          return Trust.NONE;
        }

        @Override
        public Optional<Integer> take() {
          return Optional.empty();
        }

        @Override
        public void put(int descriptor) {}

        @Override
        public void remove() {}
      };

  /** How far it can be relied on. */
  enum Trust {
    NONE,
    /** There is a manager, and it does not say whether it keeps descriptors. */
    UNSURE,
    /** The manager says that it keeps them. */
    SURE
  }

  Trust trust();

  /** The descriptor that was given to this process at its start; the caller's, and given once. */
  Optional<Integer> take();

  /** Has it kept; it stays open here. */
  void put(int descriptor) throws IOException;

  /** What is kept is not needed any more. */
  void remove() throws IOException;
}
