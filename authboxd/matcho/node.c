/* What all parts of a compiled pattern have in common. */
#include "matcho/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
node_put_path(
    const struct matcho_node *node, char ret_path[MATCHO_PATH_BYTES_MAX])
{
	const struct matcho_node *chain[2 * MATCHO_DEPTH_MAX + 2];
	size_t count = 0, used = 0;

	for (; node && count < sizeof(chain) / sizeof(chain[0]);
	     node = node->up)
		if (node->key)
			chain[count++] = node;
	ret_path[0] = '\0';
	while (count > 0 && used + 1 < MATCHO_PATH_BYTES_MAX) {
		const char *key = chain[--count]->key;
		int size = snprintf(ret_path + used,
		    MATCHO_PATH_BYTES_MAX - used, "%s%s", used ? "." : "", key);

		/* What does not fit is cut. */
		used += size > 0 ? (size_t)size : 0;
	}
}

void
node_done(struct matcho_node *node)
{
	for (size_t i = 0; i < node->child_count; i++)
		node_done(&node->children[i]);
	for (size_t i = 0; i < node->key_count; i++)
		free(node->keys[i]);
	free(node->keys);
	free(node->children);
	free(node->key);
	free(node->text);
	regex_free(node->regex);
}
