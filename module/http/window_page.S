/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page of the window, as it is in window.html. It is copied when the module is
 * loaded; this is thrown away then.
 */
	.section .init.rodata, "a", %progbits
	.globl ktcp_window_page
	.globl ktcp_window_page_end
ktcp_window_page:
	.incbin "http/window.html"
ktcp_window_page_end:

	.section .note.GNU-stack, "", %progbits
