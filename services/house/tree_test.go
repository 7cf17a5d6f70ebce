package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// root is the top of the tree, seen from this folder.
const root = "../.."

// module is the path of the module, which go.mod says.
const module = "github.com/aisle-retail/aisle"

// source is one Go file, parsed.
type source struct {
	// path from the root, with slashes.
	path   string
	syntax *ast.File
	lines  int
}

func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// sources are all Go files of the tree, whatever they are built for.
var sources = sync.OnceValues(func() ([]source, error) {
	var all []source
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata" || len(entry.Name()) > 1 && entry.Name()[0] == '.'):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		files := token.NewFileSet()
		syntax, err := parser.ParseFile(files, filepath.Join(root, name), nil, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{path: name, syntax: syntax, lines: files.File(syntax.FileStart).LineCount()})
		return nil
	})
	return all, err
})

// written returns the Go files that somebody wrote; gen/ is generated.
func written(t *testing.T) []source {
	t.Helper()
	all, err := sources()
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(slices.Clone(all), func(s source) bool { return ast.IsGenerated(s.syntax) })
}

// read returns a file of the tree.
func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// texts returns the string literals of a file.
func texts(s source) []string {
	var all []string
	ast.Inspect(s.syntax, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if text, err := strconv.Unquote(literal.Value); err == nil {
				all = append(all, text)
			}
		}
		return true
	})
	return all
}

func TestTopLevel(t *testing.T) {
	fixed := strings.Fields("proto services gen migrations buf.yaml buf.gen.yaml docker-compose.yml Makefile go.mod README.md")
	conventional := strings.Fields("go.sum LICENSE CHANGELOG.md .ci docs third_party tools Dockerfile .gitignore .git")
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	var there []string
	for _, entry := range entries {
		there = append(there, entry.Name())
		if !slices.Contains(fixed, entry.Name()) && !slices.Contains(conventional, entry.Name()) && !ignored(t, entry.Name()) {
			t.Errorf("%s stands at the top. What stands there is fixed, for a stranger reads that list first: find its room", entry.Name())
		}
	}
	for _, name := range fixed {
		if !slices.Contains(there, name) {
			t.Errorf("%s is missing at the top, where the design says that it is", name)
		}
	}
}

// ignored tells whether .gitignore leaves a name at the top out.
func ignored(t *testing.T, name string) bool {
	t.Helper()
	for line := range strings.Lines(read(t, ".gitignore")) {
		pattern := strings.Trim(strings.TrimSpace(line), "/")
		if matched, _ := path.Match(pattern, name); matched && pattern != "" && pattern[0] != '#' {
			return true
		}
	}
	return false
}

// nameless say nothing about what is in a package, or sort by kind what belongs together by subject.
var nameless = map[string][]string{
	"package": strings.Fields("util utils common helper helpers model models type types manager managers misc base shared core"),
	"file": strings.Fields("util.go utils.go common.go helper.go helpers.go models.go types.go errors.go constants.go interfaces.go " +
		"manager.go misc.go"),
}

func TestNames(t *testing.T) {
	for _, s := range written(t) {
		name := strings.TrimSuffix(s.syntax.Name.Name, "_test")
		if slices.Contains(nameless["package"], name) || name != strings.ToLower(name) || strings.Contains(name, "_") {
			t.Errorf("%s: package %s. A package is one lowercase noun, named for what it is or what it wraps", s.path, name)
		}
		if file := strings.Replace(path.Base(s.path), "_test.go", ".go", 1); slices.Contains(nameless["file"], file) {
			t.Errorf("%s: a file is named for its subject, never for the kind of thing that is in it", s.path)
		}
	}
}

// linesMax is a little above the 500 at which a file asks to be divided.
const linesMax = 600

func TestFilesAreShortEnoughToRead(t *testing.T) {
	for _, s := range written(t) {
		if s.lines > linesMax {
			t.Errorf("%s has %d lines, more than %d: divide it by subject", s.path, s.lines, linesMax)
		}
	}
}

// looksLikeSQL finds statements by how they begin.
var looksLikeSQL = regexp.MustCompile(`(?is)^\s*(select\s.*(\sfrom\s|\(|\d)|insert\s+into\s|update\s+\w+\s+(\w+\s+)?set\s|` +
	`delete\s+from\s|truncate\s+\w|with\s+\w+\s+as\s*\(|copy\s+\w+\s+(from|to)\s|lock\s+table\s|` +
	`(create|alter|drop)\s+(or\s+replace\s+|unique\s+)?(table|index|database|role|schema|view|function|extension|sequence|system)\s|` +
	`(grant|revoke)\s+\w+(,\s*\w+)*\s+(on|to|from)\s)`)

func TestWhereSQLIs(t *testing.T) {
	for _, text := range []string{
		"select 1", "select now()", "SELECT sku FROM stock_levels", "insert into names values ($1)", "\n\tupdate stock_levels t set x = 1",
		"create database ", "with k as (select 1)", "drop table x", "grant select, insert on names to aisle_app",
	} {
		if !looksLikeSQL.MatchString(text) {
			t.Errorf("%q is not taken for SQL", text)
		}
	}
	for _, text := range []string{"select a store", "update the price list", "with tax", "create a hold", "drop it", "grant", "copy that"} {
		if looksLikeSQL.MatchString(text) {
			t.Errorf("%q is taken for SQL", text)
		}
	}
	// embedded asks the server that it starts who it is, and knows no table of ours. Tests may look behind the program's back,
	// and the simulator is one.
	rooms := []string{"services/postgres", "services/pgtest", "services/bench", "services/embedded", "services/sim"}
	for _, s := range written(t) {
		if s.isTest() || slices.Contains(rooms, roomOf(s.path)) {
			continue
		}
		for _, text := range texts(s) {
			if looksLikeSQL.MatchString(text) {
				t.Errorf("%s has SQL: %.60q. All SQL is in migrations and services/postgres, where a test prepares it against the schema", s.path, text)
			}
		}
	}
}
