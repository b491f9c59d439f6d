// A foreign verifier: Go's own note and tlog packages, which know nothing of this project, judge what it publishes.
//
//	verify FOLDER
//
// FOLDER holds vkey, sizes (one a line, ascending), and a log as static files: checkpoint.N and tile/… for each size N,
// tile/entries/…, proofs/N.I.tlog-proof for some entries I, consistency/M.N.proof between neighbouring sizes. For each size
// it opens the note, checks our proofs, and makes proofs of its own from our tiles and checks those too. Exit 1 with the
// first thing that is not true.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

type tiles struct{ folder string }

func (t tiles) Height() int                         { return tileHeight }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(asked []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range asked {
		// C2SP leaves out the height that sumdb's paths begin with
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		content, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		read = append(read, content)
	}
	return read, nil
}

func fail(format string, arguments ...any) {
	fmt.Printf(format+"\n", arguments...)
	os.Exit(1)
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

func text(path ...string) string {
	content, err := os.ReadFile(filepath.Join(path...))
	must(err, "read")
	return string(content)
}

func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	must(err, "number")
	return value
}

func head(folder string, size int64, verifiers note.Verifiers) tlog.Tree {
	opened, err := note.Open([]byte(text(folder, fmt.Sprintf("checkpoint.%d", size))), verifiers)
	must(err, fmt.Sprintf("checkpoint of size %d", size))
	lines := strings.Split(opened.Text, "\n")
	stated := number(lines[1])
	if stated != size {
		fail("checkpoint.%d states size %d", size, stated)
	}
	return tlog.Tree{N: stated, Hash: hash(lines[2])}
}

func hash(encoded string) tlog.Hash {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	must(err, "hash")
	var made tlog.Hash
	if copy(made[:], raw) != len(made) || len(raw) != len(made) {
		fail("a hash of %d bytes", len(raw))
	}
	return made
}

func hashes(lines string) []tlog.Hash {
	var made []tlog.Hash
	for _, line := range strings.Split(lines, "\n") {
		if line != "" {
			made = append(made, hash(line))
		}
	}
	return made
}

func entry(folder string, index, size int64) []byte {
	width := size - index/256*256
	if width > 256 {
		width = 256
	}
	path := tlog.Tile{H: tileHeight, L: -1, N: index / 256, W: int(width)}.Path()
	path = strings.Replace(path, "tile/8/data/", "tile/entries/", 1)
	bundle := []byte(text(folder, path))
	for skip := index % 256; ; skip-- {
		length := int(binary.BigEndian.Uint16(bundle))
		if skip == 0 {
			return bundle[2 : 2+length]
		}
		bundle = bundle[2+length:]
	}
}

func checkSize(folder string, tree tlog.Tree) {
	reader := tlog.TileHashReader(tree, tiles{folder})
	for _, index := range []int64{0, tree.N / 2, tree.N - 1} {
		leaf := tlog.RecordHash(entry(folder, index, tree.N))
		made, err := tlog.ProveRecord(tree.N, index, reader)
		must(err, fmt.Sprintf("prove entry %d at %d from our tiles", index, tree.N))
		must(tlog.CheckRecord(made, tree.N, tree.Hash, index, leaf), "check a proof made from our tiles")
		parts := strings.SplitN(text(folder, "proofs", fmt.Sprintf("%d.%d.tlog-proof", tree.N, index)), "\n\n", 2)
		lines := strings.SplitN(parts[0], "\n", 3)
		if lines[0] != "c2sp.org/tlog-proof@v1" || lines[1] != fmt.Sprintf("index %d", index) {
			fail("the proof begins with %q", lines[:2])
		}
		ours := ""
		if len(lines) == 3 {
			ours = lines[2]
		}
		must(tlog.CheckRecord(hashes(ours), tree.N, tree.Hash, index, leaf), "check our own proof")
	}
}

func main() {
	folder := os.Args[1]
	verifier, err := note.NewVerifier(strings.TrimSpace(text(folder, "vkey")))
	must(err, "vkey")
	verifiers := note.VerifierList(verifier)
	var before tlog.Tree
	for _, line := range strings.Fields(text(folder, "sizes")) {
		tree := head(folder, number(line), verifiers)
		if tree.N > 0 {
			checkSize(folder, tree)
		}
		if before.N > 0 {
			made, err := tlog.ProveTree(tree.N, before.N, tlog.TileHashReader(tree, tiles{folder}))
			must(err, "prove growth from our tiles")
			must(tlog.CheckTree(made, tree.N, tree.Hash, before.N, before.Hash), "check growth from our tiles")
			parts := strings.SplitN(text(folder, "consistency", fmt.Sprintf("%d.%d.proof", before.N, tree.N)), "\n\n", 2)
			ours := strings.SplitN(parts[0], "\n", 2)
			if len(ours) == 1 {
				ours = append(ours, "")
			}
			must(tlog.CheckTree(hashes(ours[1]), tree.N, tree.Hash, before.N, before.Hash), "check our own proof of growth")
		}
		before = tree
	}
	fmt.Println("verified")
}
