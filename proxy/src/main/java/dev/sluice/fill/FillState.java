package dev.sluice.fill;

import java.util.List;
import java.util.Locale;

/** How far a layer is from being all here. */
public enum FillState {
  /*
   * from        event                                              to
   * any         no container has it, nobody asked to warm it        UNUSED
   * any         filling is off, nobody asked to warm it             OFF
   * UNUSED, OFF a container has it                                  WAITING
   * WAITING     no reader of the image waited for a while           QUEUED
   * QUEUED      its turn                                            FILLING
   * FILLING     a reader waits, of any layer                        PAUSED
   * FILLING     something that is used would have to go             NO_ROOM
   * FILLING     a fetch failed                                      FAILED, later QUEUED
   * FILLING     all chunks are on disk                              CHECKING
   * CHECKING    the tar has the right digest                        COMPLETE
   * CHECKING    it has another one; all is dropped                  WRONG
   * COMPLETE       a chunk was evicted                                 WAITING
   */
  /** Nobody has asked for it, and filling is off. */
  OFF,
  /** No container has it. */
  UNUSED,
  /** Its image is being started. */
  WAITING,
  /** Others are first. */
  QUEUED,
  FILLING,
  /** A reader waits for bytes, of this layer or another. */
  PAUSED,
  /** The cache is full of what is used. */
  NO_ROOM,
  /** A fetch failed; it is tried again. */
  FAILED,
  /** All is here; its digest is being computed. */
  CHECKING,
  /** All is here, and it is what the image says. */
  COMPLETE,
  /** All was here, and it is not what the image says. */
  WRONG;

  /** The first of these that some layer of an image is in tells most about the image. */
  public static final List<FillState> TELLING_FIRST =
      List.of(
          WRONG, FAILED, NO_ROOM, FILLING, PAUSED, QUEUED, WAITING, CHECKING, UNUSED, OFF,
          COMPLETE);

  /** The word for it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }
}
