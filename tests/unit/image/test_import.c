/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"
#include "tarball.h"

#include "image/content.h"
#include "image/layer/import.h"
#include "image/manifest.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>

/* A content store and one import into it. */
struct world {
	struct tmpdir dir;
	struct import import;
	int content;
};

static struct world world_make(const char *name, const char *fallback)
{
	struct world w = { .dir = tmpdir_make() };
	struct cleat_error err = { 0 };

	w.content = content_open_store(w.dir.fd, &err);
	w.import = (struct import){ .blobs = BLOBS_NONE,
				    .name = name,
				    .fallback = fallback,
				    .what = "test.tar",
				    .architecture = "amd64" };
	UNIT_OK(blobs_open(w.content, &w.import.blobs, &err), err);
	return w;
}

static void world_end(struct world *w)
{
	import_fini(&w->import);
	(void)close(w->content);
	tmpdir_remove(&w->dir);
}

static int count_blob(void *arg, const char *digest, uint64_t size)
{
	(void)digest;
	(void)size;
	++*(int *)arg;
	return 0;
}

static int blobs(const struct world *w)
{
	struct cleat_error err = { 0 };
	int n = 0;

	UNIT_OK(image_blobs(w->dir.fd, count_blob, &n, &err), err);
	return n;
}

static int import(struct world *w, int fd, struct cleat_error *err)
{
	int r = import_run(&w->import, fd, err);

	(void)close(fd);
	return r;
}

static struct image_manifest *manifest(const struct world *w, size_t i)
{
	struct image_manifest *m = NULL;
	struct cleat_error err = { 0 };

	CU_ASSERT_FATAL(i < w->import.n);
	UNIT_OK(image_manifest_read(w->dir.fd, w->import.images[i].digest, &m, &err), err);
	return m;
}

static void a_root_filesystem(void)
{
	static const int filters[] = { ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ,
				       ARCHIVE_FILTER_ZSTD };

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		struct world w = world_make(NULL, "rootfs");
		struct tarball t = tarball_begin(filters[i]);
		struct cleat_error err = { 0 };

		tarball_dir(&t, "./");
		tarball_file(&t, "./etc/os-release", "ID=test");
		UNIT_OK(import(&w, tarball_end(&t), &err), err);
		CU_ASSERT_EQUAL(w.import.n, 1);
		CU_ASSERT_STRING_EQUAL(w.import.images[0].name, "rootfs:latest");
		CU_ASSERT_EQUAL(blobs(&w), 3);
		struct image_manifest *m = manifest(&w, 0);

		CU_ASSERT_EQUAL(m->nlayers, 1);
		CU_ASSERT_STRING_EQUAL(m->layers[0].digest, m->layers[0].diff_id); /* kept plain */
		CU_ASSERT_STRING_EQUAL(m->architecture, "amd64");
		image_manifest_free(m);
		world_end(&w);
	}
}

static void from_a_pipe(void)
{
	struct world w = world_make("piped:1", NULL);
	struct cleat_error err = { 0 };
	int tar = tarball_of("f", "x"), ends[2];
	char bytes[20480];
	ssize_t n = read(tar, bytes, sizeof(bytes));

	CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
	pid_t child = fork();

	if (child == 0) {
		(void)close(ends[0]);
		_exit(write(ends[1], bytes, (size_t)n) == n ? 0 : 1);
	}
	(void)close(ends[1]);
	(void)close(tar);
	UNIT_OK(import(&w, ends[0], &err), err);
	(void)waitpid(child, NULL, 0);
	CU_ASSERT_STRING_EQUAL(w.import.images[0].name, "piped:1");
	world_end(&w);
}

static void a_directory(void)
{
	_cleanup_tmpdir_ struct tmpdir tree = tmpdir_make();
	struct world w = world_make("dir:1", NULL);
	struct cleat_error err = { 0 };

	CU_ASSERT_EQUAL(mkdirat(tree.fd, "sub", 0755), 0);
	CU_ASSERT_EQUAL(symlinkat("../../x", tree.fd, "sub/link"), 0);
	int file = openat(tree.fd, "sub/file", O_CREAT | O_WRONLY, 0644);

	CU_ASSERT_EQUAL(write(file, "hello", 5), 5);
	(void)close(file);
	CU_ASSERT_EQUAL(linkat(tree.fd, "sub/file", tree.fd, "zlink", 0), 0);
	UNIT_OK(import(&w, openat(tree.fd, ".", O_RDONLY | O_DIRECTORY), &err), err);
	CU_ASSERT_EQUAL(blobs(&w), 3);
	world_end(&w);
}

/* ---- docker archives --------------------------------------------------------------------------- */

static char *bytes_of(int fd, size_t *len)
{
	struct stat st;

	CU_ASSERT_EQUAL_FATAL(fstat(fd, &st), 0);
	char *bytes = malloc((size_t)st.st_size + 1);

	CU_ASSERT_EQUAL_FATAL(pread(fd, bytes, (size_t)st.st_size, 0), st.st_size);
	*len = (size_t)st.st_size;
	return bytes;
}

static void put_bytes(struct tarball *t, const char *name, const char *bytes, size_t len)
{
	struct archive_entry *entry = tarball_entry(name, AE_IFREG, 0644);

	archive_entry_set_size(entry, (la_int64_t)len);
	CU_ASSERT_FATAL(archive_write_header(t->archive, entry) == ARCHIVE_OK);
	CU_ASSERT_FATAL(archive_write_data(t->archive, bytes, len) == (la_ssize_t)len);
	archive_entry_free(entry);
}

/* One layer, by way of the symlink that old docker wrote; @diff_id NULL: the right one. */
static int docker_archive(const char *tags, const char *diff_id)
{
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	int layer = tarball_of("f", "content");
	char digest[DIGEST_TEXT], config[512], list[512];
	size_t len = 0;
	char *bytes = bytes_of(layer, &len);

	digest_of(bytes, len, digest);
	(void)snprintf(config, sizeof(config),
		       "{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{\"Cmd\":[\"sh\"]},"
		       "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"%s\"]}}",
		       diff_id ? diff_id : digest);
	(void)snprintf(list, sizeof(list),
		       "[{\"Config\":\"c.json\",\"RepoTags\":%s,\"Layers\":[\"two/layer.tar\"]}]",
		       tags);
	put_bytes(&t, "one/layer.tar", bytes, len);
	tarball_symlink(&t, "two/layer.tar", "../one/layer.tar");
	tarball_file(&t, "c.json", config);
	tarball_file(&t, "manifest.json", list);
	free(bytes);
	(void)close(layer);
	return tarball_end(&t);
}

static void docker_saved(void)
{
	struct world w = world_make(NULL, NULL);
	struct cleat_error err = { 0 };

	UNIT_OK(import(&w, docker_archive("[\"a:1\",\"docker.io/library/b:2\"]", NULL), &err), err);
	CU_ASSERT_EQUAL_FATAL(w.import.n, 2);
	CU_ASSERT_STRING_EQUAL(w.import.images[0].name, "a:1");
	CU_ASSERT_STRING_EQUAL(w.import.images[1].name, "b:2");
	CU_ASSERT_EQUAL(blobs(&w), 3);
	struct image_manifest *m = manifest(&w, 1);

	CU_ASSERT_STRING_EQUAL(m->cmd[0], "sh");
	image_manifest_free(m);
	world_end(&w);
}

static void docker_without_names(void)
{
	struct world w = world_make(NULL, NULL);
	struct cleat_error err = { 0 };

	UNIT_FAILS(import(&w, docker_archive("null", NULL), &err), EINVAL, err, "no name");
	CU_ASSERT_EQUAL(blobs(&w), 0);
	world_end(&w);
	w = world_make("mine", NULL);
	UNIT_OK(import(&w, docker_archive("null", NULL), &err), err);
	CU_ASSERT_STRING_EQUAL(w.import.images[0].name, "mine:latest");
	world_end(&w);
}

static void docker_with_a_wrong_layer(void)
{
	struct world w = world_make(NULL, NULL);
	struct cleat_error err = { 0 };

	UNIT_FAILS(
		import(&w,
		       docker_archive("[\"a:1\"]", "sha256:00000000000000000000000000000000000000"
						   "00000000000000000000000000"),
		       &err),
		EINVAL, err, "diff id");
	CU_ASSERT_EQUAL(blobs(&w), 0);
	world_end(&w);
}

/* A root filesystem may have files of these names. */
static void not_every_manifest_json_is_dockers(void)
{
	struct world w = world_make("web:1", NULL);
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);
	struct cleat_error err = { 0 };

	tarball_file(&t, "manifest.json", "{\"name\":\"a web application\"}");
	UNIT_OK(import(&w, tarball_end(&t), &err), err);
	CU_ASSERT_EQUAL(w.import.n, 1);
	world_end(&w);
}

/* ---- bad input --------------------------------------------------------------------------------- */

static void fails(int fd, const char *words)
{
	struct world w = world_make("x:1", NULL);
	struct cleat_error err = { 0 };

	UNIT_FAILS(import(&w, fd, &err), EINVAL, err, words);
	CU_ASSERT_EQUAL(blobs(&w), 0);
	world_end(&w);
}

static int file_of(const char *bytes, size_t len)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	CU_ASSERT_EQUAL(write(fd, bytes, len), (ssize_t)len);
	(void)lseek(fd, 0, SEEK_SET);
	return fd;
}

static int cut(int fd, off_t keep)
{
	CU_ASSERT_EQUAL(ftruncate(fd, keep), 0);
	return fd;
}

static void bad_files(void)
{
	static const char zeros[10240];
	char text[4096];

	memset(text, 'x', sizeof(text));
	fails(file_of("", 0), "empty");
	fails(file_of(text, sizeof(text)), "not an image");
	fails(file_of(zeros, sizeof(zeros)), "without entries");
	fails(cut(tarball_of("f", "content"), 700), "cut off");
	fails(cut(tarball_of("f", "content"), 1024), "cut off"); /* at the end of an entry */
	fails(tarball_of("../../etc/passwd", "x"), "leads out");
}

static void bad_layouts(void)
{
	struct tarball t = tarball_begin(ARCHIVE_FILTER_NONE);

	tarball_file(&t, "oci-layout", "{\"imageLayoutVersion\":\"7.0\"}");
	fails(tarball_end(&t), "version '7.0'");
	t = tarball_begin(ARCHIVE_FILTER_NONE);
	tarball_file(&t, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	tarball_file(&t, "index.json", "{\"manifests\":[]}");
	fails(tarball_end(&t), "no image");
	t = tarball_begin(ARCHIVE_FILTER_NONE);
	tarball_file(&t, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	tarball_file(
		&t, "index.json",
		"{\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		"\"digest\":\"sha256:../../../../etc/passwd\",\"size\":3}]}");
	fails(tarball_end(&t), "sha256:../../../../etc/passwd");
	t = tarball_begin(ARCHIVE_FILTER_NONE);
	tarball_file(&t, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
	tarball_file(
		&t, "index.json",
		"{\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		"\"digest\":\"sha256:"
		"1111111111111111111111111111111111111111111111111111111111111111\",\"size\":3,"
		"\"platform\":{\"os\":\"linux\",\"architecture\":\"s390x\"}}]}");
	fails(tarball_end(&t), "linux/s390x");
}

UNIT_MAIN("imports", UNIT_TEST(a_root_filesystem), UNIT_TEST(from_a_pipe), UNIT_TEST(a_directory),
	  UNIT_TEST(docker_saved), UNIT_TEST(docker_without_names),
	  UNIT_TEST(docker_with_a_wrong_layer), UNIT_TEST(not_every_manifest_json_is_dockers),
	  UNIT_TEST(bad_files), UNIT_TEST(bad_layouts))
