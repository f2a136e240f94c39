package dev.sluice.cache;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Pieces that follow one another. */
final class JoinedLease implements Lease {
  private final Piece[] pieces;

  JoinedLease(Piece[] pieces) {
    this.pieces = pieces;
  }

  @Override
  public int parts() {
    return pieces.length;
  }

  @Override
  public long address(int part) {
    return pieces[part].address(0);
  }

  @Override
  public long length(int part) {
    return pieces[part].length(0);
  }

  @Override
  public void copyTo(MemorySegment target) throws IOException {
    long at = 0;
    for (Piece piece : pieces) {
      piece.copyTo(target.asSlice(at));
      at += piece.length();
    }
  }

  @Override
  public void spoiled() {
    for (Piece piece : pieces) {
      piece.spoiled();
    }
  }

  @Override
  public void close() {
    for (Piece piece : pieces) {
      piece.close();
    }
  }
}
