package dev.sluice.erofs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.zip.CRC32C;

/** The superblock, and behind it the slot of the one extra device, the decompressed tar. */
final class Superblock {
  private static final int CHECKSUM_AT = 4;
  private static final byte[] VOLUME = "sluice".getBytes(StandardCharsets.US_ASCII);

  private final long tarLength;
  private final UUID uuid;

  Superblock(long tarLength, String key) {
    this.tarLength = tarLength;
    this.uuid = UUID.nameUUIDFromBytes(key.getBytes(StandardCharsets.UTF_8));
  }

  void write(ImageLayout layout, ImageSink sink) throws IOException {
    sink.padTo(Format.SUPER_OFFSET);
    ByteBuffer block = ByteBuffer.allocate(Format.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
    block.putInt(Format.MAGIC);
    block.putInt(0); // the checksum, see below
    block.putInt(Format.COMPAT_CHECKSUM | Format.COMPAT_MTIME);
    block.put((byte) Format.BLOCK_BITS);
    block.put((byte) 0); // no extension of the superblock
    block.putShort((short) layout.nid(0));
    block.putLong(layout.inodes);
    block.putLong(layout.epoch.seconds());
    block.putInt(layout.epoch.nanos());
    block.putInt((int) (layout.length / Format.BLOCK));
    block.putInt(0); // inodes are numbered from the start of the image
    block.putInt((int) (layout.sharedXattrsAt / Format.BLOCK));
    block.order(ByteOrder.BIG_ENDIAN);
    block.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
    block.order(ByteOrder.LITTLE_ENDIAN);
    block.put(VOLUME).position(block.position() + 16 - VOLUME.length);
    block.putInt(Format.INCOMPAT_CHUNKED_FILE | Format.INCOMPAT_DEVICE_TABLE);
    block.putShort((short) 0); // no compression
    block.putShort((short) 1); // extra devices
    block.putShort((short) ((Format.SUPER_OFFSET + Format.SUPER_BYTES) / Format.DEVICE_SLOT_BYTES));
    block.position(Format.SUPER_BYTES + 64); // the slot's tag is for mounts without device=
    block.putInt((int) (Format.alignUp(tarLength, Format.BLOCK) / Format.BLOCK));
    CRC32C checksum = new CRC32C();
    checksum.update(block.array());
    block.putInt(CHECKSUM_AT, ~(int) checksum.getValue()); // the kernel's has no last inversion
    sink.bytes(block.array());
  }
}
