// The field's words, one word a thing. Pages take them from here, so that a word has one home.

export const STATUS = {
  triage: '待研判', dispatched: '已派发', acknowledged: '已签收', on_site: '已到场', reported: '已反馈',
  reviewed: '已审核', closed: '办结', returned: '退回改派', suspended: '挂起', excluded: '排除',
};

/** What a status means for the eye: its colour on badges and its ring on the map. */
export const STATUS_TONE = {
  triage: 'todo', dispatched: 'work', acknowledged: 'work', on_site: 'work', reported: 'check',
  reviewed: 'check', closed: 'done', returned: 'halt', suspended: 'halt', excluded: 'done',
};

export const OPEN = ['triage', 'dispatched', 'acknowledged', 'on_site', 'reported', 'reviewed', 'returned', 'suspended'];

export const CLASS = { straw: '疑似秸秆', vegetation: '植被', industrial: '固定热源', solar: '光伏反光', unknown: '未判定' };

export const CONFIDENCE = { high: '高', nominal: '中', low: '低' };

export const CONFIRMATION = { provisional: '待确认', confirmed: '已印证' };

export const FINDING = { burning: '正在燃烧', out_with_traces: '已熄灭有痕迹', no_trace: '未发现痕迹', not_reached: '无法到达' };

export const CAUSE = {
  straw: '秸秆', garbage: '垃圾', waste_grass: '荒草', grave: '祭祀', custom: '民俗', cooking_heating: '炊事取暖', film: '农膜',
  planned: '计划烧除', wildfire: '林草火', industry: '工业热源', solar: '光伏', misjudged: '误判(传感器)', unknown: '不明',
};

export const ACTION = {
  triage: '研判', dispatch: '派单', acknowledge: '签收', arrive: '到场', report: '反馈', review: '审核', close: '办结',
  return: '退回', suspend: '挂起', reopen: '重开', link: '重发链接', revoke: '撤销链接', detect: '发现', update: '更新', merge: '并案',
  exclude: '排除', remind: '提醒', overdue: '超时督办', expire: '链接到期', photo: '照片', open: '打开任务', new: '新增',
};

export const LINK_OVER = { revoked: '已撤销', expired: '已到期', closed: '已办结', replaced: '已更换', returned: '已退回' };

export const SINK_STATE = {
  queued: '待发送', pending: '待发送', sending: '发送中', sent: '已送达', delivered: '已送达', failed: '发送失败', dead: '未送达(死信)',
  dropped: '已放弃', retrying: '重试中', merged: '已并入汇总',
};

export const NOTICE_KIND = {
  new: '新增', updated: '更新', closed: '结束', escalated: '催办', dispatched: '派单', reminder: '到期提醒', remind: '到期提醒', overdue: '超时督办', changed: '任务变更', left: '规则未派单',
  'strawfire.event.new': '新增', 'strawfire.event.updated': '更新', 'strawfire.event.closed': '结束',
};

export const ROLE = {
  city: '市级值班', county: '县级值班', township: '乡镇', post: '岗位', viewer: '只读', system: '系统', rule: '规则',
};

export const ORIGIN = { camera: '摄像机', drone: '无人机', platform: '平台', hotline: '群众来电', patrol: '巡查', neighbour: '邻市通报' };

export const SIGHTING = { smoke: '烟', flame: '火焰', hot: '高温' };

export const PHOTO_KIND = { far: '远景', near: '近景', traces: '痕迹' };

export const VERDICT = { kept: '保留', dropped: '剔除' };

/** The word of a code; an unknown code is shown as it is, so that nothing is hidden. */
export function word(table, code) {
  if (code === null || code === undefined || code === '') return '—';
  return Object.prototype.hasOwnProperty.call(table, code) ? table[code] : String(code);
}
