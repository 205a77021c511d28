(** The plain average of sigma^2 over batches of one size, plus the variance of their mu, is sigma^2
    of all samples together. The average of sigma^2 alone is not, unless all mu are equal.

    Let t_{j,n} be the projections of one unit, J batches of N samples each, mu_j and sigma_j^2 the
    mean and the biased variance of batch j (Eq. 3).

    1. The variance of any numbers is the mean of their squares less the square of their mean
       ([variance_moments]).
    2. Since the batches have one size, the mean over all samples is the plain average of the means
       over the batches, of t and of t^2 ([mean_of_all]).
    3. With q_j the mean of t^2 over batch j, the average of the q_j - mu_j^2, plus the average of
       the mu_j^2, less the square of the average of the mu_j, is the average of the q_j less that
       square: the variance of all.
    4. The variance of the mu_j is 0 only where they are all equal ([running_variance_iff]).

    What is general: any number J >= 1 and size N >= 1 of batches, and any numbers t (so any unit,
    whatever its row), over any real field R. sigma^2 is the variance, before eps is added. *)

From mathcomp Require Import all_ssreflect all_algebra.
From mathcomp Require Import ring.

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.

Local Open Scope ring_scope.

Section Definitions.

Variable R : realFieldType.

(** Mean and biased variance of numbers t_i (Eq. 3), i in any finite set. *)
Definition mean (I : finType) (t : I -> R) : R := (\sum_i t i) / #|I|%:R.

Definition variance (I : finType) (t : I -> R) : R := mean (fun i => (t i - mean t) ^+ 2).

(** J batches of N samples each: sample n of batch j, and all samples together. *)
Variables (J N : nat) (t : 'I_J -> 'I_N -> R).

Definition all_samples (jn : 'I_J * 'I_N) : R := t jn.1 jn.2.

End Definitions.

Section Mean.

Variables (R : realFieldType) (I : finType).
Implicit Types t u : I -> R.

Lemma eq_mean t u : t =1 u -> mean t = mean u.
Proof. by move=> eq_tu; congr (_ / _); apply: eq_bigr => i _; apply: eq_tu. Qed.

Lemma meanD t u : mean (fun i => t i + u i) = mean t + mean u.
Proof. by rewrite /mean big_split mulrDl. Qed.

Lemma meanZ a t : mean (fun i => a * t i) = a * mean t.
Proof. by rewrite /mean -mulr_sumr mulrA. Qed.

Hypothesis nonempty : (0 < #|I|)%N.

Lemma mean_constant (a : R) : mean (fun _ : I => a) = a.
Proof. by rewrite /mean sumr_const -(mulr_natr a) mulfK // pnatr_eq0 -lt0n. Qed.

(** Step 1. *)
Lemma variance_moments t : variance t = mean (fun i => t i ^+ 2) - mean t ^+ 2.
Proof.
have square i : (t i - mean t) ^+ 2 = t i ^+ 2 + (- (2%:R * mean t) * t i + mean t ^+ 2).
  by ring.
by rewrite /variance (eq_mean square) !meanD meanZ mean_constant; ring.
Qed.

Lemma variance_eq0 t : variance t = 0 <-> forall i i', t i = t i'.
Proof.
split=> [/eqP | equal].
  rewrite mulf_eq0 invr_eq0 pnatr_eq0 gtn_eqF // orbF psumr_eq0 => [|i _]; last exact: sqr_ge0.
  move=> /allP zero; have at_mean i : t i = mean t.
    by apply/eqP; rewrite -subr_eq0 -sqrf_eq0; apply: zero (mem_index_enum i).
  by move=> i i'; rewrite !at_mean.
rewrite /variance /mean big1 ?mul0r // => i _.
by rewrite (eq_bigr (fun _ => t i)) // -/(mean _) mean_constant subrr expr0n.
Qed.

End Mean.

(** Step 2. *)
Lemma mean_of_all (R : realFieldType) (J N : nat) (t : 'I_J -> 'I_N -> R) :
  mean (all_samples t) = mean (fun j => mean (t j)).
Proof.
rewrite /mean card_prod natrM invfM -mulr_suml -mulrA [in RHS]mulrC.
by rewrite (pair_bigA _ t) mulrC [_^-1 * _^-1]mulrC.
Qed.

Theorem pooled_variance (R : realFieldType) (J N : nat) (t : 'I_J -> 'I_N -> R)
    (J_gt0 : (0 < J)%N) (N_gt0 : (0 < N)%N) :
  mean (fun j => variance (t j)) + variance (fun j => mean (t j)) = variance (all_samples t).
Proof.
have batches : (0 < #|'I_J|)%N by rewrite card_ord.
have samples : (0 < #|'I_N|)%N by rewrite card_ord.
have all : (0 < #|[finType of 'I_J * 'I_N]|)%N by rewrite card_prod !card_ord muln_gt0 J_gt0.
rewrite !variance_moments // mean_of_all.
have -> : mean (fun jn => all_samples t jn ^+ 2) = mean (fun j => mean (fun n => t j n ^+ 2)).
  exact: (mean_of_all (fun j n => t j n ^+ 2)).
have split j : variance (t j) = mean (fun n => t j n ^+ 2) + -1 * mean (t j) ^+ 2.
  by rewrite variance_moments // mulN1r.
by rewrite (eq_mean split) meanD meanZ; ring.
Qed.

(** Step 4. *)
Theorem running_variance_iff (R : realFieldType) (J N : nat) (t : 'I_J -> 'I_N -> R)
    (J_gt0 : (0 < J)%N) (N_gt0 : (0 < N)%N) :
  mean (fun j => variance (t j)) = variance (all_samples t)
    <-> forall j j', mean (t j) = mean (t j').
Proof.
rewrite -(pooled_variance t) // -variance_eq0 ?card_ord //.
split=> [equal | ->]; last by rewrite addr0.
by apply: (addrI (mean (fun j => variance (t j)))); rewrite -equal addr0.
Qed.

(** Two batches of one sample, 0 and 1: the average of sigma^2 is 0, sigma^2 of both is 1/4. *)
Theorem running_variance (R : realFieldType) :
  ~ (forall (J N : nat) (t : 'I_J -> 'I_N -> R), (0 < J)%N -> (0 < N)%N ->
       mean (fun j => variance (t j)) = variance (all_samples t)).
Proof.
move=> stated; pose t (j : 'I_2) (n : 'I_1) : R := (j : nat)%:R.
have /(running_variance_iff t isT isT)/(_ ord0 ord_max) := stated 2%N 1%N t isT isT.
rewrite !mean_constant ?card_ord // => /eqP.
by rewrite eq_sym oner_eq0.
Qed.

Print Assumptions pooled_variance.
Print Assumptions running_variance_iff.
Print Assumptions running_variance.
