/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state machine, both ends of it, and a network between them that loses,
 * doubles and reorders. Spin tries everything that can happen (model.sh).
 *
 *	end 0 --- slots for K segments each way, taken in any order --- end 1
 *
 * What is left out: data, windows that move, and the clock. Sequence numbers are
 * SYN, FIN and a gap: each incarnation of an end starts STEP above the one before.
 * Time is order: a timer rings when nothing is under way that it would wait for,
 * and 2MSL end when nobody has anything to send again.
 *
 * The states, and ARROW(), the moves that there are, come from module/key.h. Each
 * step cites the function that it follows.
 *
 * The bounds, set by model.sh:
 *	OPENS0, OPENS1	active opens of each end
 *	LISTEN1		end 1 listens (end 0 never does)
 *	LOSSES, DUPS	segments that the network loses, doubles
 *	ABORTS		connections that an application aborts
 *	OLD		the network holds a segment of an earlier incarnation
 *	K		segments under way to each end
 *	PLANT		an error, to see that it is found
 */
#include "arrows.pml"

#define SYN	1
#define ACK	2
#define FIN	4
#define RST	8

#define WINDOW	6	/* reaches into the next incarnation */
#define STEP	4
#define FIRST	8	/* the first ISS; lower ones are of old */
#define OLD_ISS	4
#define INCARNATIONS	8
#define TRIES	(LOSSES + 2)
#define CHALLENGES	2	/* until time passes */

#define IS_SYNCHRONIZED(s) \
	(s != CLOSED && s != LISTEN && s != SYN_SENT && s != SYN_RECV)

typedef Segment {
	byte flags;
	byte seq;
	byte ack;
}

typedef End {
	byte state;
	byte iss;	/* of this incarnation, or the last one */
	byte una;
	byte nxt;
	byte irs;
	byte rcv;
	byte opens;	/* that are left */
	byte tries;
	byte challenges;
	bit opener;
	bit shut;
	bit peer_fin;
}

End e[2];
Segment net[2 * K];	/* to end 0, then to end 1 */
byte n[2];
byte losses = LOSSES, dups = DUPS, aborts = ABORTS;
bit gave_up;

/* Whom each incarnation of an end has heard: the peer's ISS. */
byte heard[2 * INCARNATIONS];

byte from, to;

/* What was seen is no part of a state: only model.sh wants to know. */
c_code { static char seen[STATES][STATES]; }

/* ktcp_entry_moved() */
inline move(next)
{
	printf("end %d: %d -> %d\n", me, e[me].state, next);
	from = e[me].state;
	to = next;
	assert(ARROW(from, to));
	c_code {
		if (!seen[now.from][now.to]++)
			printf("arrow %d %d\n", now.from, now.to);
	};
	e[me].state = to;
	e[me].tries = 0;
	from = 0;
	to = 0
}

#define I	e[me]
#define PEER	e[1 - me]
#define TRIES_AGAIN(x)	(x.state != CLOSED && x.una < x.nxt)
#define QUIET	(n[0] == 0 && n[1] == 0)

/* What does not fit is lost. */
inline send(f, s, a)
{
	if
	:: n[1 - me] < K ->
		net[(1 - me) * K + n[1 - me]].flags = f;
		net[(1 - me) * K + n[1 - me]].seq = s;
		net[(1 - me) * K + n[1 - me]].ack = a;
		n[1 - me]++
	:: else
	fi
}

/* Out of the slots of end @d, the one at @i. */
inline take(d)
{
	do
	:: i + 1 < n[d] ->
		net[d * K + i].flags = net[d * K + i + 1].flags;
		net[d * K + i].seq = net[d * K + i + 1].seq;
		net[d * K + i].ack = net[d * K + i + 1].ack;
		i++
	:: else -> break
	od;
	n[d]--;
	net[d * K + n[d]].flags = 0;
	net[d * K + n[d]].seq = 0;
	net[d * K + n[d]].ack = 0;
	i = 0
}

inline double(d)
{
	net[d * K + n[d]].flags = net[d * K + i].flags;
	net[d * K + n[d]].seq = net[d * K + i].seq;
	net[d * K + n[d]].ack = net[d * K + i].ack;
	n[d]++;
	i = 0;
	dups--
}

inline choose(d)
{
	if
	:: n[d] > 0 -> i = 0
	:: n[d] > 1 -> i = 1
	:: n[d] > 2 -> i = 2
	fi
}

inline send_ack() { send(ACK, I.nxt, I.rcv) }

/* ktcp_challenge_ack() */
inline challenge()
{
	if
	:: I.challenges < CHALLENGES -> I.challenges++; send_ack()
	:: else
	fi
}

inline forget()
{
	I.una = 0;
	I.nxt = 0;
	I.irs = 0;
	I.rcv = 0;
	I.opener = 0;
	I.shut = 0;
	I.peer_fin = 0;
	I.challenges = 0
}

/* ktcp_conn_done(), request_remove(), end() of timewait.c */
inline over()
{
	move(CLOSED);
	forget()
}

/* The clock gives each incarnation a higher ISS (cookie.c). */
inline new_iss()
{
	I.iss = (I.iss -> I.iss + STEP : FIRST);
	assert(I.iss / STEP < INCARNATIONS);
	I.una = I.iss;
	I.nxt = I.iss + 1
}

inline meet(s)
{
	I.irs = s;
	I.rcv = s + 1;
	heard[me * INCARNATIONS + I.iss / STEP] = s
}

/* ktcp_close(): FIN is owed, and leaves at once */
inline close_now(next)
{
	move(next);
	I.shut = 1;
	send(FIN | ACK, I.nxt, I.rcv);
	I.nxt++
}

/*
 * ktcp_connect_established(), conn_opened(). The peer must have heard of us in the
 * incarnation that we believe in: no old SYN, and nobody's guess, gets this far.
 */
inline establish()
{
	assert(heard[(1 - me) * INCARNATIONS + I.irs / STEP] == I.iss);
	move(ESTABLISHED);
	I.una = I.nxt
}

inline send_synack() { send(SYN | ACK, I.iss, I.rcv) }

/* ktcp_listen_input() */
inline listen()
{
	if
	:: flags & RST
	:: !(flags & RST) && flags & ACK -> send(RST, ack, 0)
	:: !(flags & (RST | ACK)) && flags & SYN ->
		if
		:: (I.iss + STEP) / STEP < INCARNATIONS ->
			I.state = LISTEN;
			new_iss();
			meet(seq);
			move(SYN_RECV);
#if PLANT == 1		/* believes a SYN */
			establish();
#endif
			send_synack()
		:: else		/* no more memory */
		fi
	:: else
	fi
}

/* RFC 9293 3.10.7.1: ktcp_send_rst_for() */
inline nobody()
{
	if
	:: flags & RST
	:: !(flags & RST) && flags & ACK -> send(RST, ack, 0)
	:: else -> send(RST | ACK, 0, seq + size)
	fi
}

#define RST_EXACT	(seq == I.rcv || PLANT == 6)

#if PLANT == 2	/* any ACK opens */
#define ACKS_OUR_SYN	true
#else
#define ACKS_OUR_SYN	(ack == I.iss + 1)
#endif

#if PLANT == 3	/* SYN_SENT believes any SYN-ACK */
#define ACKS_FIRST	true
#else
#define ACKS_FIRST	(ack == I.nxt)
#endif

#if PLANT == 10	/* simultaneous open: any ACK of our SYN, as RFC 9293 has it */
#define FOLLOWS_THEIR_SYN	true
#else
#define FOLLOWS_THEIR_SYN	(seq == I.rcv)
#endif

#define ACCEPTABLE \
	(PLANT == 6 || /* any RST resets */ \
	((seq >= I.rcv && seq < I.rcv + WINDOW) || \
	 (size && seq + size - 1 >= I.rcv && seq + size - 1 < I.rcv + WINDOW)))

proctype Side(byte me)
{
	byte flags, seq, ack, size, i;
end:
	do
	:: atomic { n[me] ->	/* SEGMENT ARRIVES */
		choose(me);
		flags = net[me * K + i].flags;
		seq = net[me * K + i].seq;
		ack = net[me * K + i].ack;
		printf("end %d, %d: flags %d seq %d ack %d\n", me, I.state, flags,
		       seq, ack);
		take(me);
		size = (flags & SYN -> 1 : 0) + (flags & FIN -> 1 : 0);
		if
		:: I.state == CLOSED && me == 1 && LISTEN1 -> listen(); goto done
		:: I.state == CLOSED && !(me == 1 && LISTEN1) ->
			nobody();
			goto done
		:: I.state == SYN_SENT -> goto syn_sent
		:: I.state == SYN_RECV && I.opener -> goto syn_recv
		:: I.state == SYN_RECV && !I.opener -> goto request
		:: I.state == TIME_WAIT -> goto time_wait
		:: else -> goto synchronized
		fi;

syn_sent:	/* syn_sent() of input.c */
		if
		:: flags & ACK && !ACKS_FIRST ->
			if
			:: flags & RST
			:: else -> send(RST, ack, 0)
			fi;
			goto done
		:: else
		fi;
		if
		:: flags & RST && flags & ACK -> over(); goto done
		:: flags & RST && !(flags & ACK) -> goto done
		:: !(flags & RST) && !(flags & SYN) -> goto done
		:: !(flags & RST) && flags & SYN && !(flags & ACK) ->
			meet(seq);
			move(SYN_RECV);
			send_synack();
			goto done
		:: !(flags & RST) && flags & SYN && flags & ACK ->
			meet(seq);
			establish();
			send_ack();
			goto done
		fi;

syn_recv:	/* syn_recv() of input.c */
		if
		:: seq == I.irs && (flags & (SYN | ACK | RST)) == SYN ->
			send_synack();
			goto done
		:: seq == I.irs && (flags & (SYN | ACK | RST)) == (SYN | ACK) &&
		   ack == I.nxt ->
			flags = flags & ~SYN;
			seq++;
			size--
		:: else
		fi;
		if
		:: !ACCEPTABLE -> goto unacceptable
		:: ACCEPTABLE && flags & RST -> goto reset
		:: ACCEPTABLE && !(flags & RST) && flags & SYN -> challenge(); goto done
		:: ACCEPTABLE && !(flags & (RST | SYN)) && !(flags & ACK) -> goto done
		:: ACCEPTABLE && !(flags & (RST | SYN)) && flags & ACK ->
			if
			:: !ACKS_OUR_SYN -> send(RST, ack, 0); goto done
			:: ACKS_OUR_SYN && !FOLLOWS_THEIR_SYN ->
				challenge();
				goto done
			:: ACKS_OUR_SYN && FOLLOWS_THEIR_SYN ->
				establish();
				goto opened
			fi
		fi;

request:	/* ktcp_request_input() */
		if
		:: (flags & (SYN | ACK | RST)) == SYN && seq == I.irs ->
			send_synack();
			goto done
		:: else
		fi;
		if
		:: !ACCEPTABLE && flags & RST -> goto done
		:: !ACCEPTABLE && !(flags & RST) -> challenge(); goto done
		:: ACCEPTABLE && flags & RST ->
			if
			:: RST_EXACT -> over()
			:: else -> challenge()
			fi;
			goto done
		:: ACCEPTABLE && !(flags & RST) && flags & SYN -> over(); goto done
		:: ACCEPTABLE && !(flags & (RST | SYN)) && !(flags & ACK) -> goto done
		:: ACCEPTABLE && !(flags & (RST | SYN)) && flags & ACK ->
			if
			:: !ACKS_OUR_SYN -> send(RST, ack, 0); goto done
			:: else -> establish()
			fi
		fi;

opened:		/* an application that has closed before (ktcp_shutdown()) */
		if
		:: I.shut -> close_now(FIN_WAIT_1)
		:: else
		fi;

synchronized:	/* synchronized() of input.c */
		if
		:: !ACCEPTABLE ->
unacceptable:
			if
			:: flags & RST
			:: !(flags & RST) && size && !(flags & SYN) -> send_ack()
			:: !(flags & RST) && !(size && !(flags & SYN)) -> challenge()
			fi;
			goto done
		:: ACCEPTABLE && flags & RST ->
reset:
			if
			:: RST_EXACT ->
				/* Nobody aborted: this was no reason to. */
				assert(aborts < ABORTS || gave_up ||
				       !IS_SYNCHRONIZED(I.state));
				over()
			:: else -> challenge()
			fi;
			goto done
		:: ACCEPTABLE && !(flags & RST) && flags & SYN -> challenge(); goto done
		:: ACCEPTABLE && !(flags & (RST | SYN)) && !(flags & ACK) -> goto done
		:: ACCEPTABLE && !(flags & (RST | SYN)) && flags & ACK
		fi;
		if	/* check_ack() */
		:: ack > I.nxt || ack + WINDOW < I.una -> challenge(); goto done
		:: ack > I.una && ack <= I.nxt -> I.una = ack; I.tries = 0
		:: else
		fi;
#if PLANT == 12		/* each ACK is answered */
		if
		:: !size -> send_ack()
		:: else
		fi;
#endif
		if	/* fin_acked() */
		:: I.una == I.nxt && I.state == FIN_WAIT_1 -> move(FIN_WAIT_2)
		:: I.una == I.nxt && I.state == CLOSING -> move(TIME_WAIT); goto done
		:: I.una == I.nxt && I.state == LAST_ACK -> over(); goto done
		:: else
		fi;
		if	/* check_fin() */
		:: flags & FIN && seq == I.rcv && !I.peer_fin ->
			I.peer_fin = 1;
			I.rcv++;
			if
			:: I.state == ESTABLISHED -> move(CLOSE_WAIT)
#if PLANT != 5		/* a FIN is not expected in FIN_WAIT_1 */
			:: I.state == FIN_WAIT_1 -> move(CLOSING)
#else
			:: I.state == FIN_WAIT_1
#endif
#if PLANT == 4		/* no TIME_WAIT */
			:: I.state == FIN_WAIT_2 -> move(TIME_WAIT); send_ack(); over(); goto done
#else
			:: I.state == FIN_WAIT_2 -> move(TIME_WAIT)
#endif
			fi;
			send_ack()
		:: else
		fi;
		goto done;

time_wait:	/* timewait_segment() */
		if
		:: flags & RST
#if PLANT == 8		/* RFC 1337: a RST ends it */
			-> over()
#endif
		:: (flags & (SYN | ACK | RST)) == SYN && LISTEN1 && me == 1 &&
#if PLANT == 9		/* whatever its number */
		   true ->
#else
		   seq >= I.rcv ->
#endif
			over();
			listen()
		:: flags & FIN && !(flags & (SYN | RST)) && seq + size == I.rcv ->
			send_ack()
		:: else ->
			if
			:: flags & SYN || !ACCEPTABLE -> challenge()
			:: else
			fi
		fi;

done:		flags = 0;
		seq = 0;
		ack = 0;
		size = 0
	   }

	/* ktcp_connect() */
	:: atomic { I.state == CLOSED && I.opens && !(me == 1 && LISTEN1) ->
		I.opens--;
		new_iss();
		I.opener = 1;
		move(SYN_SENT);
		send(SYN, I.iss, 0) }

	/* ktcp_close(); RFC 9293 3.10.4 */
	:: atomic { I.state == SYN_SENT -> over() }
	:: atomic { I.state == SYN_RECV && I.opener && !I.shut -> I.shut = 1 }
	:: atomic { I.state == ESTABLISHED -> close_now(FIN_WAIT_1) }
	:: atomic { I.state == CLOSE_WAIT -> close_now(LAST_ACK) }

	/* ktcp_abort(), ktcp_conn_kill(), ktcp_request_kill() */
	:: atomic { aborts && I.state != CLOSED && I.state != SYN_SENT ->
		aborts--;
		if
		:: I.state != TIME_WAIT -> send(RST | ACK, I.nxt, I.rcv)
		:: else
		fi;
		over() }

	/* retrans_timeout(), ktcp_syn_timeout(), ktcp_request_timeout() */
	:: atomic { QUIET && TRIES_AGAIN(I) ->
		I.challenges = 0;
		PEER.challenges = 0;
		if
		:: I.tries >= TRIES ->
			/* Less is lost than is tried: somebody would have answered. */
			assert(!IS_SYNCHRONIZED(I.state));
			over();
			gave_up = 1
		:: else ->
			I.tries++;
			if
			:: I.state == SYN_SENT -> send(SYN, I.iss, 0)
			:: I.state == SYN_RECV -> send_synack()
#if PLANT != 7			/* nobody sends a FIN again */
			:: else -> send(FIN | ACK, I.nxt - 1, I.rcv)
#else
			:: else -> I.una = I.nxt
#endif
			fi
		fi }

	/* fin_wait_2_timeout(): an application closes sooner, if it is there */
	:: atomic { QUIET && I.state == FIN_WAIT_2 && !TRIES_AGAIN(PEER) &&
		    PEER.state != CLOSE_WAIT ->
		/* Nobody aborted: it would have come. */
		assert(aborts < ABORTS || gave_up);
		over() }

	/* queue_timer() of timewait.c: nothing is left that 2MSL wait for */
#if PLANT != 11
	:: atomic { QUIET && I.state == TIME_WAIT && !TRIES_AGAIN(PEER) -> over() }
#else			/* 2MSL begin again */
	:: atomic { QUIET && I.state == TIME_WAIT && !TRIES_AGAIN(PEER) -> send_ack() }
#endif
	od
}

proctype Network()
{
	byte i;
end:
	do
	:: atomic { losses && n[0] -> choose(0); take(0); losses-- }
	:: atomic { losses && n[1] -> choose(1); take(1); losses-- }
	:: atomic { dups && n[0] && n[0] < K -> choose(0); double(0) }
	:: atomic { dups && n[1] && n[1] < K -> choose(1); double(1) }
	od
}

/* When nothing more can happen, both ends have forgotten each other. */
proctype Watch()
{
	timeout;
	assert(e[0].state == CLOSED && e[1].state == CLOSED && QUIET)
}

/* A segment that an earlier incarnation left in the network, to @d. */
inline old(d)
{
	if
	:: true -> net[d * K].flags = SYN
	:: true -> net[d * K].flags = SYN | ACK
	:: true -> net[d * K].flags = ACK
	:: true -> net[d * K].flags = FIN | ACK
	:: true -> net[d * K].flags = RST
	:: true -> net[d * K].flags = RST | ACK
	fi;
	if
	:: true -> net[d * K].seq = OLD_ISS
	:: true -> net[d * K].seq = OLD_ISS + 1
	fi;
	if
	:: net[d * K].flags & ACK -> net[d * K].ack = OLD_ISS + 1
	:: else
	fi;
	n[d] = 1
}

init {
	atomic {
		e[0].opens = OPENS0;
		e[1].opens = OPENS1;
#if OLD
		if
		:: true -> old(0)
		:: true -> old(1)
		:: true -> old(0); old(1)
		fi;
#endif
		run Side(0);
		run Side(1);
		run Network();
		run Watch()
	}
}

ltl agree { <> [] (e[0].state == CLOSED && e[1].state == CLOSED) }
