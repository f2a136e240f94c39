package dev.sluice.keeper;

import dev.sluice.fuse.SessionFiles;
import java.io.IOException;
import java.util.Optional;

/** A service manager that keeps the files of a session over restarts of the service. */
public interface DescriptorStore {
  /** There is none. */
  DescriptorStore NONE =
      new DescriptorStore() {
        @Override
        public Trust trust() {
          return Trust.NONE;
        }

        @Override
        public Optional<SessionFiles> take() {
          return Optional.empty();
        }

        @Override
        public void put(SessionFiles files) {}

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

  /** The files that were given to this process at its start; the caller's, and given once. */
  Optional<SessionFiles> take();

  /** Has them kept; they stay open here. What is kept already is not kept twice. */
  void put(SessionFiles files) throws IOException;

  /** What is kept is not needed any more. */
  void remove() throws IOException;
}
