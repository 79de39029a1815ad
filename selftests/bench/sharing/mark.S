/* SPDX-License-Identifier: GPL-2.0 */
/* mark: a program that ends at once; plugin.c knows where it began. */
	.globl _start
_start:
	xorl	%edi, %edi
	movl	$60, %eax		/* exit */
	syscall
