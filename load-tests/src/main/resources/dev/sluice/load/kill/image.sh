# Makes an image in an OCI layout: $1 directory, $2 JDK, $3 Reader.java, $4 source files, $5 seed.
set -euo pipefail
cd "$1"
image=layout:kill
umoci init --layout layout
umoci new --image $image

# What a JDK needs of a system, and a shell.
mkdir -p base/bin base/tmp base/dev base/proc base/etc base/out
cp /bin/busybox base/bin/busybox
for name in sh cat date; do ln -s busybox base/bin/$name; done
ldd "$2/bin/java" "$2/lib/libjli.so" "$2/lib/server/libjvm.so" "$2/lib/libjava.so" "$2/lib/libnio.so" "$2/lib/libnet.so" |
  grep -o '/[^ ]*\.so[^ ]*' | grep -v "^$2" | sort -u | while read -r library; do
  mkdir -p "base$(dirname "$library")"
  cp -L "$library" "base$library"
done

mkdir -p jdk/opt
cp -a "$2" jdk/opt/jdk
rm -rf jdk/opt/jdk/lib/src.zip jdk/opt/jdk/jmods jdk/opt/jdk/man

# Sources that use each other, and files whose bytes are known.
mkdir -p work/app work/src work/data
"$2/bin/javac" -d work/app "$3"
python3 - "$4" "$5" <<'P'
import array, random, sys
count, seed = int(sys.argv[1]), int(sys.argv[2])
random.seed(seed)
for i in range(count):
    fields = "".join("  private final java.util.Map<String, java.util.List<Integer>> m%d = new java.util.TreeMap<>();\n" % j for j in range(6))
    use = "".join("    sum += m%d.values().stream().mapToInt(java.util.List::size).sum();\n" % j for j in range(6))
    if i:
        use += "    sum += new C%d().sum(depth - 1);\n" % random.randrange(i)
    with open("work/src/C%d.java" % i, "w") as f:
        f.write("final class C%d {\n%s  int sum(int depth) {\n    int sum = %d;\n    if (depth == 0) return sum;\n%s    return sum;\n  }\n}\n" % (i, fields, i, use))
M = (1 << 64) - 1
def mix(z):
    z = ((z ^ (z >> 30)) * 0xbf58476d1ce4e5b9) & M
    z = ((z ^ (z >> 27)) * 0x94d049bb133111eb) & M
    return z ^ (z >> 31)
for number in range(48):
    size = random.choice([64, 128, 256, 512]) << 10
    a = array.array("Q", (mix((number << 40) ^ at) for at in range(0, size, 8)))
    a.byteswap()
    with open("work/data/%d" % number, "wb") as f:
        f.write(a.tobytes())
P
for layer in base jdk work; do
  tar -C $layer -cf $layer.tar .
  umoci raw add-layer --image $image $layer.tar
  rm -rf $layer $layer.tar
done
